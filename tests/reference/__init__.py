"""A second program for the same problem, written from the documents alone, to check the optimizer against.

`data.load` reads a scenario folder, `model.optimum` solves it plainly, `brute.best` enumerates tiny ones,
`evaluate.evaluate` and `evaluate.violations` judge any plan, `results.from_result` reads a written result folder, and
`scenarios.write_random` invents scenarios. Instruments, joint_share, home_share and offset are left out.
"""
