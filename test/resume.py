"""A training that is killed, stopped or fails at any moment goes on to the same bits, or says why
not; started by resume.sh.  A third argument is the number of kills.
SPDX-License-Identifier: BSD-3-Clause
"""
import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings

from astropy.io import fits

from checks import check, report

TASKS, EXAMPLES = sys.argv[1:3]
KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
FIELD = ','.join(f'{EXAMPLES}/images/kids_{band}.fits.fz' for band in 'gZr')
STATE = 'model.fits.resume'
SMALL = ['filters=8', 'resblocks=1', 'epochs=100', 'batch=3', 'title=t', 'log=log.csv']
OFTEN = [*SMALL, 'checkpoint=0']


def start(*args, train_on='set.fits', inbands='g,Z'):
    return subprocess.Popen([f'{TASKS}/bandtrain', train_on, 'model.fits', f'inbands={inbands}',
                             'outband=r', *args], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    """Exit status, output, errors."""
    out, errors = process.communicate(timeout=120)
    return process.returncode, out, errors


def run(*args, **names):
    return finish(start(*args, **names))


def task(*args):
    return subprocess.run([f'{TASKS}/{args[0]}', *args[1:]], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=120)


def saved():
    """Names the state that is saved now."""
    try:
        info = os.stat(STATE)
    except FileNotFoundError:
        return None
    return info.st_ino, info.st_mtime_ns


def start_and_save(*args):
    """A training that has saved a state of its own."""
    before, process = saved(), start(*args)
    while process.poll() is None and saved() in (before, None):
        time.sleep(0.001)
    check(f'it runs: {args}', process.poll() is None)
    return process


def digest(name):
    with open(name, 'rb') as file:
        return hashlib.md5(file.read()).hexdigest()


def curve(name):
    """The log without its last column, which is time."""
    with open(name) as file:
        return [line.rsplit(',', 1)[0] for line in file]


def litter():
    return [name for name in os.listdir('.') if name.endswith(('.part', '.resume'))]


def clear():
    for name in STATE, 'model.fits', 'log.csv':
        if os.path.exists(name):
            os.unlink(name)


def same_as_whole(what):
    status, out, errors = run(*SMALL)
    check(f'after {what} it goes on: {out.splitlines()[:2]} {errors}',
          status == 0 and 'bandtrain: goes on after epoch ' in out)
    check(f'{what} or not, the model has the same bits',
          digest('model.fits') == digest('whole.fits'))
    check(f'and its log the same numbers after {what}', curve('log.csv') == curve('whole.csv'))
    check(f'nothing else is left after {what}: {litter()}', not litter())
    clear()


def make_sets():
    """Two training sets of the same pixels, split in two ways; a training never interrupted."""
    with open('positions.csv', 'w') as table:
        print('id,x_pix,y_pix', file=table)
        for i in range(30):
            print(f'{i},{40 + 32 * (i % 6)},{40 + 32 * (i // 6)}', file=table)
    for name, split in ('set.fits', 'fold'), ('other.fits', 'train'):
        made = task('bandprep', FIELD, name, 'catalog=positions.csv', 'size=32', f'split={split}')
        check(f'a training set is made: {made.stderr}', made.returncode == 0)
    check('a training', run(*SMALL)[0] == 0)
    check(f'it leaves nothing but its outputs: {litter()}', not litter())
    os.rename('model.fits', 'whole.fits')
    os.rename('log.csv', 'whole.csv')


def kills():
    """Killed at random moments, without a chance to save."""
    moments = random.Random()
    early = start(*OFTEN)
    time.sleep(moments.uniform(0.0, 0.05))
    early.kill()
    finish(early)
    for _ in range(KILLS):
        process = start_and_save(*OFTEN)
        time.sleep(moments.uniform(0.0, 0.05))
        process.kill()
        check('it is killed', finish(process)[0] == -signal.SIGKILL)
    same_as_whole(f'{KILLS} kills')


def check_stopped(number, status, errors):
    check(f'{number.name} ends it: {status} {errors}', status == -number
          and errors.startswith('bandtrain: stopped in epoch ')
          and errors.endswith(f'; {STATE} keeps what was done: the same command goes on\n'))


def stops():
    """Ctrl-C and the like save, say how to go on, and end the process by their signal."""
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1:
        process = start_and_save(*OFTEN)
        time.sleep(0.03)
        process.send_signal(number)
        status, _, errors = finish(process)
        check_stopped(number, status, errors)
    process = start_and_save(*OFTEN)            # of a pipeline whose reader ends with the terminal
    process.stdout.close()
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGHUP)
    status = process.wait(timeout=120)
    check(f'a closed terminal ends it: {status}', status in (-signal.SIGHUP, -signal.SIGPIPE))
    check_stopped(signal.Signals(-status), status, process.stderr.read())
    process.stderr.close()
    check('what is kept is a model', task('bandmodel', 'check', STATE).returncode == 0)
    with warnings.catch_warnings():
        warnings.simplefilter('error')          # of a wrong checksum
        with fits.open(STATE, checksum=True) as state:
            check('it holds a curve and an order',
                  len(state['LOSS'].data) == state['TRAINING'].header['NEPOCH'] and
                  sorted(state['ORDER'].data['SAMPLE']) == [i + 1 for i in range(30) if i % 5 < 3])
    same_as_whole('four stops')
    process = start('filters=64', 'device=ref', 'lambda=0.5')
    while saved() is None and process.poll() is None:
        time.sleep(0.001)
    time.sleep(0.1)                             # in the first step, which takes long
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    status, _, errors = finish(process)
    check(f'a second Ctrl-C does not wait: {status} {errors}',
          status == -signal.SIGINT and errors == '')
    clear()


def stop_after_epochs():
    """Ctrl-C in the calibration that follows the last epoch."""
    slow = ['device=ref', 'filters=12', 'resblocks=1', 'epochs=1', 'title=t']
    process = start(*slow)
    said = ''
    while not said.startswith('bandtrain: epoch 1 of 1') and process.poll() is None:
        said = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    status, _, errors = finish(process)
    check(f'it stops in the calibration: {status} {errors}', status == -signal.SIGINT
          and errors.startswith('bandtrain: stopped in the calibration after the last epoch; '))
    check('that leaves no model', not os.path.exists('model.fits') and os.path.exists(STATE))
    status, out, errors = run(*slow)
    check(f'it goes on after the last epoch: {status} {out} {errors}',
          status == 0 and 'goes on after epoch 1 of 1' in out)
    stopped = digest('model.fits')
    clear()
    check('the whole training', run(*slow)[0] == 0)
    check('stopped or not, the model has the same bits', digest('model.fits') == stopped)
    clear()


def refused(name, words, *args, **names):
    before = digest(STATE)
    status, _, errors = run(*args, **names)
    check(f'{name}: {status} {errors}', status == 1 and errors.count('\n') == 1
          and all(word in errors for word in words) and digest(STATE) == before)


def refusals():
    """What would not lead to the same bits is not gone on with; no two run at the same time."""
    process = start_and_save('epochs=100000')
    refused('a second run', [f'{STATE} belongs to a training that is running'], *SMALL)
    process.kill()
    finish(process)
    clear()
    process = start_and_save(*OFTEN)
    process.send_signal(signal.SIGTERM)
    finish(process)
    for change, was in (('lr=0.001', 'lr=0.0005'), ('epochs=101', 'epochs=100'),
                        ('seed=2', 'seed=1'), ('batch=2', 'batch=3'),
                        ('filters=16', 'filters=8'), ('arch=resnet', 'arch=local'),
                        ('flux=0.2', 'flux=0.1'), ('softening=3', 'softening=4')):
        refused(change, [STATE, f' {was}', f'not {change}'],
                *[arg for arg in SMALL if arg.split('=')[0] != change.split('=')[0]], change)
    refused('two changes', ['resblocks=1 lambda=0.02, not resblocks=2 lambda=0.5'],
            *[arg for arg in SMALL if arg != 'resblocks=1'], 'resblocks=2', 'lambda=0.5')
    for inbands in 'Z', 'Z,g':
        refused('other bands', ['is of a training with inbands=g,Z, not inbands=' + inbands + ' '], *SMALL,
                inbands=inbands)
    refused('another device', ['device=cpu (', 'not device=ref ('], *SMALL, 'device=ref')
    refused('other samples', ['other samples than those of other.fits'], *SMALL,
            train_on='other.fits')
    refused('resume=no', ['resume=yes goes on', 'clobber=yes replaces'], *SMALL[:-1],
            'resume=no')
    shutil.copy(STATE, 'good')
    for at in 3000, os.path.getsize(STATE) // 2, os.path.getsize(STATE) - 4000:
        with open(STATE, 'r+b') as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 4]))
        refused(f'damage at {at}', [STATE], *SMALL)
        shutil.copy('good', STATE)
    os.truncate(STATE, os.path.getsize(STATE) // 2 // 2880 * 2880)
    refused('half a file', [STATE], *SMALL)
    shutil.copy('set.fits', STATE)
    refused('another file', [f'{STATE} is not the state of a training'], *SMALL)
    status, out, errors = run(*SMALL, 'resume=no', 'clobber=yes')
    check(f'it is replaced when that is asked for: {errors}', status == 0 and 'goes on' not in out
          and digest('model.fits') == digest('whole.fits') and not litter())
    clear()


def fine_tuning():
    """With a model to begin with, too; with another one it is another training."""
    args = ['start=whole.fits', 'epochs=30', 'title=u']
    status, _, errors = run(*args)
    check(f'a training that begins with a model: {errors}', status == 0)
    os.rename('model.fits', 'tuned.fits')
    process = start_and_save(*args, 'checkpoint=0')
    process.kill()
    finish(process)
    refused('another model to begin with', ['start=', ', not start='], 'start=tuned.fits',
            *args[1:])
    status, out, errors = run(*args)
    check(f'killed or not, the same bits {errors}', status == 0 and 'goes on' in out
          and digest('model.fits') == digest('tuned.fits'))
    status, _, errors = run(*args, 'filters=8', 'clobber=yes')
    check(f'the network is the model\'s: {status} {errors}', status == 2 and 'filters=' in errors)
    clear()


def full_disk():
    """A state that cannot be written: the one before stays, the training goes on and says so."""
    process = start_and_save(*OFTEN)
    limit = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (20000, limit[1]))
    time.sleep(0.05)
    before = digest(STATE)
    time.sleep(0.2)
    check('the state before stays', digest(STATE) == before)
    check('it is whole', task('bandmodel', 'check', STATE).returncode == 0)
    process.send_signal(signal.SIGINT)
    status, _, errors = finish(process)
    lines = errors.splitlines()
    check(f'a full disk: {status} {errors}', status == -signal.SIGINT and len(lines) == 2
          and lines[0].startswith(f'bandtrain: warning: {STATE}: could not be written (File too')
          and lines[0].endswith('; the training goes on without being saved')
          and lines[1].startswith(f'bandtrain: {STATE}: could not be written (File too'))
    check('nothing half-written is left', litter() == [STATE])
    same_as_whole('a full disk')
    process = start_and_save('epochs=300', *[arg for arg in SMALL if arg != 'epochs=100'])
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (20000, limit[1]))
    status, _, errors = finish(process)
    check(f'a model that cannot be written: {status} {errors}', status == 1
          and errors.startswith('bandtrain: model.fits: could not be written (File too')
          and errors.endswith(f'; {STATE} keeps what was done: the same command goes on\n'))
    check('is not there, its training is', litter() == [STATE] and not os.path.exists('model.fits'))
    clear()


def no_number():
    """A loss that is no number ends the training; the best model before stays."""
    args = ['filters=8', 'resblocks=30', 'batch=18', 'lr=1']    # grows until it overflows
    status, _, errors = run(*args)
    check(f'it ends: {status} {errors}', status == 1 and errors.count('\n') == 1
          and f'the best model before that is {STATE}' in errors
          and 'the loss is not a number any more in epoch ' in errors)
    check('there is no output', not os.path.exists('model.fits'))
    check('the best model can be used', task('bandmodel', 'check', STATE).returncode == 0
          and task('bandeval', 'set.fits', f'model={STATE}', 'split=all').returncode == 0)
    refused('it cannot be gone on with', ['not a number any more', 'resume=no clobber=yes'], *args)
    clear()


def main():
    os.environ['SOURCE_DATE_EPOCH'] = '1700000000'
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_sets()
        for test in kills, stops, stop_after_epochs, refusals, fine_tuning, full_disk, no_number:
            began = time.monotonic()
            test()
            print(f'{test.__name__}: {time.monotonic() - began:.1f} s')
        os.chdir('/')
    report()


main()
