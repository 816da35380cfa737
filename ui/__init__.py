"""The page: what an analyst sees in the browser; shows and asks, and leaves all mathematics to `optimizer`."""
