"""checks.py -- what the tests in Python have in common.
SPDX-License-Identifier: BSD-3-Clause"""
import sys
import time

failures, count = [], 0


def check(what, good):
    """Say WHAT if it is not GOOD."""
    global count
    count += 1
    if not good:
        failures.append(what)
        print('does not hold:', what)


def report():
    """The last line, and the end, with the exit status."""
    print(f'{count} checks, {len(failures)} do not hold')
    sys.exit(bool(failures))


def until(condition, seconds=20.0):
    """Wait for CONDITION(); whether it came true."""
    end = time.time() + seconds
    while not condition() and time.time() < end:
        time.sleep(0.02)
    return bool(condition())
