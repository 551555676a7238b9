"""An output is complete or absent, whatever ends a run: kill -9, signals, a full disk, another run;
and whatever the files are called.  Started by outputs.sh; KILLS=20 kills at twenty moments.
SPDX-License-Identifier: BSD-3-Clause
"""
import gzip
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from checks import check, report

try:
    import numpy as np
    from astropy.io import fits
except ImportError:
    fits = None                         # packed files are not looked into

TASKS, EXAMPLES = sys.argv[1:]
IMAGES = EXAMPLES + '/images/'
G, R, Z = (IMAGES + f'kids_{band}.fits.fz' for band in 'grZ')
PREDICT = ('bandpredict', f'input={G},{Z}', 'model=kids_r', 'threads=1', 'window=tile', 'size=240',
           'verbose=0')
# Many times as much between the file's first rows and its last: it is met while it is being written.
SLOW = (*PREDICT, 'symmetries=yes', 'winograd=no')


def start(task, *args, **options):
    environment = {**os.environ, 'SOURCE_DATE_EPOCH': '1'}
    return subprocess.Popen([f'{TASKS}/{task}', *args], env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def finish(process):
    """Exit status and stderr."""
    _, stderr = process.communicate(timeout=120)
    return process.returncode, stderr.decode(errors='replace')


def run(*command, **options):
    return finish(start(*command, **options))


def content(name):
    with open(name, 'rb') as f:
        return f.read()


def only(what, *names):
    """Nothing else is here; otherwise it is said and removed."""
    found = set(os.listdir('.')) - set(names)
    check(f'{what}: {found} left', not found)
    for name in found:
        os.remove(name)


def is_sentence(stderr, word):
    return stderr.count('\n') == 1 and stderr.startswith('band') and word in stderr


# ---- ended ---------------------------------------------------------------------------------------

def make_reference():
    """What PREDICT makes, and how many seconds it takes."""
    begin = time.monotonic()
    status, stderr = run(*PREDICT, 'output=reference.fits')
    check(f'a run: {stderr}', status == 0 and stderr == '')
    return content('reference.fits'), time.monotonic() - begin


def test_kill(reference, seconds):
    kills, hit = int(os.environ.get('KILLS', 4)), 0
    for i in range(kills):
        moment = seconds * (random.random() if 'KILLS' in os.environ else (i + 1) / kills)
        process = start(*PREDICT, 'output=x.fits')
        time.sleep(moment)
        process.kill()
        status, _ = finish(process)
        hit += status == -signal.SIGKILL
        what = f'killed after {moment:.3f} s of {seconds:.3f}'
        whole = os.path.exists('x.fits')
        check(f'{what}: complete or absent', not whole or content('x.fits') == reference)
        status, stderr = run(*PREDICT, 'output=x.fits', 'clobber=yes')
        check(f'{what}: the next run works: {stderr}', status == 0
              and content('x.fits') == reference)
        only(f'{what}, after the next run', 'reference.fits', 'x.fits')
        os.remove('x.fits')
    check(f'{hit} of {kills} runs were killed', hit > 0)
    print(f'{hit} of {kills} runs were killed while they worked')


def test_signals(seconds):
    for name in 'INT', 'TERM', 'HUP', 'PIPE', 'QUIT', 'XCPU', 'USR1', 'USR2':
        number = getattr(signal, 'SIG' + name)
        process = start(*SLOW, 'output=x.fits')
        while process.poll() is None and '.x.fits.part' not in os.listdir('.'):
            time.sleep(0.01)
        process.send_signal(number)
        status, stderr = finish(process)
        check(f'SIG{name} ends a run: {status}, {stderr!r}', status == -number and stderr == '')
        only(f'SIG{name}', 'reference.fits')
    process = start(*PREDICT[:-1], 'verbose=2', 'output=x.fits')
    process.stdout.close()              # as in bandpredict ... | head -1
    process.stdout = None
    status, stderr = finish(process)
    check(f'nobody reads: {status}', status == -signal.SIGPIPE and stderr == '')
    only('nobody reads', 'reference.fits')


def cards(hdu):
    """What a header says, without what says how the file is put together."""
    layout = {'SIMPLE', 'XTENSION', 'EXTEND', 'EXTNAME', 'PCOUNT', 'GCOUNT', 'CHECKSUM', 'DATASUM'}
    return [(c.keyword, c.value, c.comment) for c in hdu.header.cards if c.keyword not in layout]


def stop_packed(name, number):
    process = start(*SLOW, f'output={name}')
    while process.poll() is None and f'.{name}.part' not in os.listdir('.'):
        time.sleep(0.01)
    process.send_signal(number)
    status, stderr = finish(process)
    check(f'{name}: signal {number} ends a run: {status}, {stderr!r}', status == -number)


def test_packed(reference):
    """The same numbers and cards in a packed file; nothing of one that was stopped stays."""
    history = [str(fits.getheader(name, hdu)['HISTORY']) for name, hdu in ((G, 1), ('reference.fits', 0))]
    check(f'how the inputs were packed: {history}', ['uantiz' in text for text in history] == [True, False])
    for name in 'x.fits.gz', 'x.fits.fz':
        stop_packed(name, signal.SIGTERM)
        only(f'{name}: SIGTERM', 'reference.fits')
        stop_packed(name, signal.SIGKILL)
        status, stderr = run(*PREDICT, f'output={name}')
        check(f'{name} is written: {stderr}', status == 0)
        only(name, 'reference.fits', name)
        first = content(name)
        status, stderr = run(*PREDICT, f'output={name}')
        check(f'{name} is not replaced: {stderr}', status == 1
              and is_sentence(stderr, f'{name} exists') and content(name) == first)
        run(*PREDICT, f'output={name}', 'clobber=yes')
        check(f'{name}: the same bytes again', content(name) == first)
        if name.endswith('.gz'):
            check(f'{name} unpacked', gzip.decompress(first) == reference)
        with fits.open('reference.fits') as plain, fits.open(name, checksum=True) as packed:
            images = packed[len(packed) - len(plain):]
            for a, b in zip(plain, images):
                check(f'{name}, {a.name}: pixels', np.array_equal(a.data, b.data, equal_nan=True))
                check(f'{name}, {a.name}: cards', cards(a) == cards(b))
        if shutil.which('fitsverify'):
            said = subprocess.run(['fitsverify', '-q', name], capture_output=True, text=True)
            check(f'{name}: {said.stdout}', 'verification OK' in said.stdout)
        status, stderr = run('bandeval', name, 'reference.fits', 'verbose=0')
        check(f'{name} is read: {stderr}', status == 0)
        os.remove(name)
        run(*PREDICT, f'output={name.upper()}')
        check(f'{name.upper()} is packed, too', content(name.upper()) == first)
        os.remove(name.upper())


def start_slow(*args):
    """A run that is writing x.fits."""
    process = start(*SLOW, 'output=x.fits', *args)
    while process.poll() is None and '.x.fits.part' not in os.listdir('.'):
        time.sleep(0.01)
    time.sleep(0.02)                                    # it is locked just after it is made
    return process


def test_two_runs(reference):
    """Two runs with one output: one writes it, the other says so, or passes over it."""
    status, _ = run(*SLOW, 'output=slow.fits')
    first = start_slow()
    first.send_signal(signal.SIGSTOP)                   # or it may be done before the others have begun
    for more in (), ('clobber=yes',):
        second, stderr = run(*PREDICT, 'output=x.fits', *more)
        check(f'a second run {more}: {stderr}', second == 1
              and is_sentence(stderr, 'x.fits is being written by another run'))
    with open('sets.list', 'w') as sets:
        sets.write(f'{G},{Z}\n{G},{Z}\n')
    other = start('bandpredict', 'input=@sets.list', 'output=x.fits,y.fits', *PREDICT[2:-1], 'skip=yes')
    said = other.communicate(timeout=120)
    check(f'another run over the list: {said}', other.returncode == 0 and said[1] == b'' and
          b'1 of 2 sets passed over: another run is writing the outputs' in said[0] and content('y.fits') == reference)
    first.send_signal(signal.SIGCONT)
    check('the first run', status == 0 and finish(first) == (0, '') and content('x.fits') == content('slow.fits'))
    os.remove('slow.fits')
    os.remove('sets.list')
    os.remove('x.fits')
    first = start_slow('skip=yes')
    os.rename('y.fits', 'x.fits')
    check('an output that appears meanwhile', finish(first) == (0, '') and content('x.fits') == reference)
    pairs = [start(*PREDICT, 'output=x.fits', 'clobber=yes') for _ in range(4)]
    ends = [finish(process) for process in pairs]
    check(f'four runs at once: {ends}', any(status == 0 for status, _ in ends) and all(
        status == 0 or is_sentence(stderr, 'x.fits') for status, stderr in ends))
    check('what they leave is whole', content('x.fits') == reference)
    only('four runs at once', 'reference.fits', 'x.fits')
    os.remove('x.fits')


# ---- full ----------------------------------------------------------------------------------------

def make_set():
    with open('catalog.csv', 'w') as f:
        f.write('id,x,y\n' + ''.join(f'{i},{40 + 20 * i},128\n' for i in range(8)))
    status, stderr = run('bandprep', f'{G},{Z},{R}', 'set.fits', 'catalog=catalog.csv', 'size=32',
                         'bands=g,Z,r')
    check(f'a training set: {stderr}', status == 0)


def writers(folder):
    """Commands that write a file of more than 16 kB into FOLDER."""
    return (*PREDICT, f'output={folder}/x.fits'), (*PREDICT, f'output={folder}/x.fits.fz'), (
        *PREDICT, f'output={folder}/x.fits.gz'), (
        'bandprep', f'{G},{Z},{R}', f'{folder}/x.fits', 'catalog=catalog.csv', 'size=32',
        'bands=g,Z,r'), (
        'bandtrain', 'set.fits', f'{folder}/x.fits', 'inbands=g,Z', 'outband=r', 'filters=32',
        'resblocks=1', 'epochs=1')


def check_full(what, command, folder, before):
    status, stderr = command
    check(f'{what}: {status}, {stderr!r}', status == 1 and is_sentence(stderr, 'x.fits'))
    check(f'{what}: {os.listdir(folder)} left', os.listdir(folder) == before)


def test_limit():
    """A limit on the size of a file, which anybody can set, in the place of a full disk."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))

    os.mkdir('folder')
    for command in writers('folder'):
        check_full(f'{command[0]}, files of 16 kB at most', run(*command, preexec_fn=limit),
                   'folder', [])
    os.rmdir('folder')


def test_full_disk():
    """A disk of 64 kB, where one may be mounted, empty and with all but a few blocks taken."""
    os.mkdir('disk')
    mount = 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', 'disk'
    if os.geteuid() != 0 or subprocess.run(mount, stderr=subprocess.DEVNULL).returncode != 0:
        print('no disk may be mounted: a full disk is not tested')
        os.rmdir('disk')
        return
    try:
        for filled in 0, 40960, 65536:
            if filled:
                with open('disk/filling', 'wb') as f:
                    f.write(bytes(filled))
            for command in writers('disk'):
                check_full(f'{command[0]}, a disk of 64 kB with {filled} bytes', run(*command),
                           'disk', os.listdir('disk'))
    finally:
        subprocess.run(['umount', 'disk'], check=True)
    os.rmdir('disk')


# ---- named ---------------------------------------------------------------------------------------

def test_links(reference):
    os.mkdir('folder')
    with open('folder/real.fits', 'w') as f:
        f.write('old')
    os.symlink('folder', 'door')
    os.symlink('folder/real.fits', 'link.fits')
    status, stderr = run(*PREDICT, 'output=link.fits')
    check(f'a link to a file that exists: {stderr}', status == 1
          and is_sentence(stderr, 'link.fits exists'))
    status, stderr = run(*PREDICT, 'output=link.fits', 'clobber=yes')
    check(f'a link is followed: {stderr}', status == 0 and os.path.islink('link.fits')
          and content('folder/real.fits') == reference)
    status, stderr = run(*PREDICT, 'output=door/x.fits')
    check(f'so is a link to a folder: {stderr}', status == 0
          and content('folder/x.fits') == reference)
    check('nothing else is there', sorted(os.listdir('folder')) == ['real.fits', 'x.fits'])
    os.remove('link.fits')
    os.remove('door')
    shutil.rmtree('folder')


def test_names(reference):
    """Names that a shell or CFITSIO would take for something else; `touch pwned' must never run."""
    names = (' blank .fits', "quote's.fits", 'double".fits', 'a;touch pwned;.fits',
             '$(touch pwned).fits', '`touch pwned`.fits', '|touch pwned', '&touch pwned&.fits',
             '$HOME.fits', '*.fits', '~.fits', 'line\nbreak.fits', 'tab\t.fits', '\x1b[2J.fits',
             '-x.fits', '--help.fits', '!bang.fits', 'a[b].fits', 'x(y).fits', 'x.fits+1',
             'mem://x.fits', '#hash.fits', 'a=b.fits', '%s%n.fits', '\xe9t\xe9.fits',
             b'\xff\xfe.fits', 'a' * 245 + '.fits')
    for name in names:
        raw = os.fsencode(name)
        if b'/' in raw:
            os.makedirs(os.path.dirname(raw), exist_ok=True)
        shutil.copy(Z, raw)
        status, stderr = run('bandpredict', b'input=' + os.fsencode(G) + b',' + raw,
                             b'output=' + raw + b'.new', 'model=kids_r', 'bands=g,Z', 'verbose=0')
        if status == 0:
            check(f'{name!r}: both are read and written', os.path.exists(raw + b'.new'))
            os.remove(raw + b'.new')
        else:
            check(f'{name!r} is refused in a sentence: {stderr!r}', status in (1, 2)
                  and is_sentence(stderr, ''))
            print(f'{name!r} is refused: {stderr.strip()}')
        os.remove(raw)
        if b'/' in raw:
            os.removedirs(os.path.dirname(raw))
        check(f'{name!r}: a shell was reached', not os.path.exists('pwned'))
    only('odd names', 'reference.fits', 'set.fits', 'catalog.csv')


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        reference, seconds = make_reference()
        test_kill(reference, seconds)
        test_signals(seconds)
        if fits is not None:
            test_packed(reference)
        test_two_runs(reference)
        make_set()
        test_limit()
        test_full_disk()
        test_links(reference)
        test_names(reference)
        os.chdir('/')
    report()


main()
