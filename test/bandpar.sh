#!/bin/sh
# bandpar.sh -- parameters are listed, set, edited, forgotten; what other readers would misread is found.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python: skipped"
    exit 77
fi
exec "$PYTHON3" - "${top_builddir-..}/tasks" "${srcdir-.}/../par" << 'EOF'
import glob, os, pty, select, subprocess, sys, tempfile, time

TASKS, PAR = map(os.path.abspath, sys.argv[1:])
failures = []

def check(what, good):
    if not good:
        failures.append(what)
        print('does not hold:', what)

def run(*args, task='bandpar', status=0):
    r = subprocess.run([f'{TASKS}/{task}', *args], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    check(f'{args}: status {r.returncode}, {r.stderr!r}', r.returncode == status)
    return r

def kept(name='bandtrain'):
    try:
        with open(f'pf/{name}.par') as file:
            return file.read()
    except FileNotFoundError:
        return ''

def test_actions():
    text = run('list', 'bandtrain').stdout
    check('list', '(epochs' in text and ' input ' in text and '[' not in text.replace('[/', ''))
    check('get one', run('get', 'bandpredict', 'window').stdout == 'auto\n')
    check('get two', run('get', 'bandpredict', 'window', 'size').stdout == 'size=0\nwindow=auto\n'
          or run('get', 'bandpredict', 'window', 'size').stdout == 'window=auto\nsize=0\n')
    check('get all', len(run('get', 'bandpredict').stdout.splitlines()) > 10)
    run('set', 'bandtrain', 'epochs=60', 'verb', '=', '2')
    check(f'set: {kept()!r}', 'epochs,i,h,60,' in kept() and 'verbose,i,h,2,' in kept())
    check('the task reads it', 'bandtrain.epochs = 60' in run('a', 'b', '--dump', task='bandtrain').stdout)
    check('list says where it is from', '/bandtrain.par:1]' in run('list', 'bandtrain').stdout)
    run('set', 'bandtrain', 'clob+')
    check('set again keeps the others', 'clobber,b,h,yes,' in kept() and 'epochs,i,h,60,' in kept())
    before = kept()
    for args, words in ((['epochs=0'], ['epochs=0', 'minimum 1']), (['epochs=x', 'nosuch=1'], ['epochs=x', "'nosuch'"]),
                        (['epochs=5', 'epochs=6'], ['epochs']), ([], ['nothing'])):
        r = run('set', 'bandtrain', *args, status=2)
        check(f'{args}: {r.stderr!r}', all(w in r.stderr for w in words))
        check(f'{args}: nothing was changed', kept() == before)
    for args in ('epochs=5', '--check'), ('--dump', 'epochs=5'):
        r = run('set', 'bandtrain', *args, status=2)
        check(f'{args}: {r.stderr!r}', 'options' in r.stderr and kept() == before)
    check('help', 'bandpar -- ' in run('set', 'bandtrain', '--help').stdout and kept() == before)
    run('set', 'bandtrain', 'batch=)bandmock.size')
    check('a reference to a number', 'batch,i,h,")bandmock.size",' in kept()
          and run('a', 'b', '--check', task='bandtrain').stderr == '')
    run('set', 'bandtrain', 'batch=)bandmock.bands', status=2)
    check('one to a text', 'nowhere' in run('set', 'bandtrain', 'batch=)bandmock.nosuch', status=2).stderr
          and 'batch,i,h,")bandmock.size",' in kept())
    run('unlearn', 'bandtrain', 'batch')
    run('unlearn', 'bandtrain', 'epochs')
    check('unlearn one', 'epochs' not in kept() and 'verbose' in kept())
    with open('dump.par', 'w') as file:
        file.write(run('dump', 'bandtrain').stdout)
    run('unlearn', 'bandtrain')
    check(f'unlearn all: {kept()!r}', kept() == '')
    check('dump comes back', 'bandtrain.verbose = 2'
          in run('@@dump.par', 'a', 'b', '--dump', task='bandtrain').stdout)
    run('action=set', 'task=bandtrain', 'names=epochs=7,seed=3')
    check('names=', 'epochs,i,h,7,' in kept() and 'seed,i,h,3,' in kept())
    check('names of get', run('get', 'bandtrain', 'names=seed', status=2).returncode == 2)
    check('bandpar itself learns nothing', kept('bandpar') == '')
    for args, word in ((('list', '../bandtrain'), 'no name of a task'), (('list', ''), 'task'),
                       (('list', 'nosuch'), 'task=nosuch: there is no such task'),
                       (('lint', 'nosuch'), 'task=nosuch: there is no such task'), (('pet', 'bandtrain'), 'action'),
                       (('get', 'bandtrain', 'nosuch'), 'nosuch'), (('edit', 'bandtrain'), 'terminal')):
        r = run(*args, status=1 if args[0] == 'edit' else 2)
        check(f'{args}: {r.stderr!r}', word in r.stderr and r.stderr.startswith('bandpar: '))

# By their rows in a table measured with all four: lines that IRAF, PyRAF, APE or PIL refuses or misreads; then such as
# all read alike.  INDEF is an undefined value to all but PIL, which bandpar's help says.
BAD = {
    1: ['x,b,h,y,,,"p"', 'x,b,h,YES,,,"p"'], 2: ['x,b,h,true,,,"p"'],
    3: ['x,b,h,1,,,"p"', 'x,b,h,+,,,"p"', 'x,b,h,on,,,"p"'],
    4: ['x,b,h,INDEF,,,"p"'], 5: ['x,b,h,yes,no,yes,"p"'], 6: ['x,i,h,3.7,,,"p"'], 7: ['x,i,h,1e3,,,"p"'],
    8: ['x,i,h,0x1f,,,"p"'], 9: ['x,i,h,1fx,,,"p"', 'x,i,h,17b,,,"p"'], 10: ['x,i,h,3000000000,,,"p"'],
    12: ['x,i,h,INDEFI,,,"p"', 'x,i,h,abc,,,"p"'], 13: ['x,r,h,1.5d3,,,"p"'], 14: ['x,r,h,12:30:45.5,,,"p"'],
    15: ['x,r,h,nan,,,"p"', 'x,r,h,inf,,,"p"'], 16: ['x,r,h,"2,5",,,"p"'], 17: ['x,r,h,5.,10.,1.,"p"'],
    18: ['x,r,h,5.,INDEF,1.,"p"', 'x,i,h,5,6,,"p"'], 19: ['x,s,h,hello world ,,,"p"'], 20: ['x,s,h,a#b,,,"p"'],
    22: ['x,s,h,"it \\"dq\\"",,,"p"', 'x,s,h,\'it "dq"\',,,"p"'], 23: ['x,s,h,"doubled ""dq"" in",,,"p"'],
    24: ['x,s,h,"a\\nb",,,"p"'], 25: ['x,s,h,"a\\\\b",,,"p"'], 26: ['x,s,h,"a\nb",,,"p"', 'x,s,h,"a\\\nb",,,"p"'],
    27: ['x,s,h,"abc'], 28: ['x,s', 'x,s,h'], 29: ['x,s,h,"a",,,one, two', 'x,s,h,"a",,,"p","q"'],
    30: ['x , s , h , "v" , , , "p"'], 31: ['  x,s,h,"a",,,"p"'], 32: ['x,s,h,"a",,"p"\nx,s,h,"b",,,"p"'],
    33: ['mode,s,h,"ql",,,'], 35: ['mode,s,h,ql', 'mode,s,h,"ql"'], 36: ['x,g,h,"a",,,"p"'],
    37: [f'x,{t},h,1,,,"p"' for t in ('d', 'c', 'int', 'real', 'string', 'boolean', 'file')],
    38: ['x,B,h,yes,,,"p"', 'x,R,h,1,,,"p"'], 40: ['x,fr,h,"a",,,"p"'], 41: ['x,fe,h,"a",,,"p"'],
    42: ['x,fn,h,"a",,,"p"', 'x,fw,h,"a",,,"p"'], 43: ['x,struct,h,40,,,"p"'], 44: ['x,pset,h,"",,,"p"'],
    45: ['x,*s,h,"",,,"p"', 'x,*i,h,"",,,"p"', 'x,*struct,h,"",,,"p"'],
    46: [f'x,{t},h,"",,,"p"' for t in ('gcur', 'imcur', 'ukey', '*gcur')],
    47: ['x,ai,h,1,3,1,,', 'x,ar,h,1,3,1,,,"arr",10,20,30'], 48: [f'x,s,{m},"a",,,"p"' for m in ('l', 'al', 'lh', 'H')],
    49: ['x,s,hidden,"a",,,"p"', 'x,s,"auto+learn","a",,,"p"'], 50: ['x,s,,"a",,,"p"'],
    51: ['x,s,h,"gauss","gauss|gaussian",,"p"'], 52: ['x,s,h,"top","tophat|b",,"p"'],
    53: ['x,s,h,"a","A|a",,"p"', 'x,s,h,"TOP","tophat|b",,"p"'], 54: ['x,s,h,"","a|b",,"p"'],
    55: ['x,s,h,"a","a | b",,"p"'],
    56: ['x,i,h,3,"3|5|7",,"p"'], 57: ['x,s,h,"a",,"a|b","p"'],
    58: ['x,s,h,"c","b",,"p"', 'x,s,h,"b","a","c","p"', 'x,s,h,"abcdef",,3,"p"'],
    59: ['x,s,h,"a","a|%s",,"p"' % '|'.join(f'option{i}x' for i in range(30))], 60: ['x,s,h,"%s",,,"p"' % ('y' * 150)],
    61: ['x,s,h,"%s",,,"p"' % ('y' * 1500)], 63: ['x,s,h,"a",,,"Frac 50% of"', 'x,s,h,"a",,,"%n"'],
    64: ['x,b,h,)_.verbose,,,"p"', 'x,i,h,).v,,,"p"', 'x,i,h,)task.par,,,"p"'], 65: ['x,i,h,)_.nosuch,,,"p"'],
    66: ['x,s,h,)t.y,,,"p"\ny,s,h,)t.x,,,"p"'], 67: ['x,s,h,\\)_.x,,,"p"'], 68: ['my-par,s,h,"a",,,"p"'],
    69: ['Xy,s,h,"a",,,"p"', '$x,s,h,"a",,,"p"'], 70: [''],
    'more': ['averylongname1,s,h,"a",,,"p"', "x,s,h,'a',,,\"p\"", 'x,s,h,"a",,,p'] }
GOOD = ['x,b,h,yes,,,"p"', 'x,s,h,"a#b",,,"p" # c', 'x,r,h,INDEF,,,"p"', 'x,s,h,"a",,,"p"\r', 'x,i,h,3,1,10,"n"',
        'x,r,h,2.5e-3,0.,1.,"r"', 'x,s,h,"hello, world #1",,,"p"', 'x,s,a,"",,,""', 'x,s,ql,"b","a|b",,"p"',
        'x,f,h,"a b.fits",,,"p"', '# comment\n\nx,i,q,-5,,,"ü"', 'x,i,h,INDEF,1,10,"p"']

def test_lint():
    for number, lines, bad in [(n, line, True) for n in BAD for line in BAD[n]] + [('good', g, False) for g in GOOD]:
        with open('t.par', 'w') as file:
            file.write((lines + '\n' if lines else '') + ('mode,s,h,"ql",,,\n' if lines and number != 35 else ''))
        r = subprocess.run([f'{TASKS}/bandpar', 'lint', 't.par'], capture_output=True, text=True)
        check(f'{number}: {lines!r}: {r.stdout!r} {r.stderr!r}',
              r.returncode == int(bad) and r.stdout.startswith('t.par:') == bad)
    for text, word in (('x,i,h,3,,,"p"\n', 'no line mode'), ('mode,s,h,"ql",,,\nx,i,h,3,,,"p"\n', 'not the last')):
        with open('t.par', 'w') as file:
            file.write(text)
        check(word, word in run('lint', 't.par', status=1).stdout)
    for file in sorted(glob.glob(f'{PAR}/*.par')):
        run('lint', file)
    check('no such file', 'nosuch.par' in run('lint', 'nosuch.par', status=1).stderr)

def type_into(keys, columns=100, rows=24, locale='C.UTF-8'):
    """What is on the screen at the end, and the exit status."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM='xterm', LINES=str(rows), COLUMNS=str(columns), LC_ALL=locale)
        os.execv(f'{TASKS}/bandpar', ['bandpar', 'edit', 'bandtrain'])
    seen = b''
    def read(seconds):
        nonlocal seen
        end = time.time() + seconds
        while time.time() < end and select.select([fd], [], [], max(0, end - time.time()))[0]:
            try:
                more = os.read(fd, 65536)
            except OSError:
                return False
            if not more:
                return False
            seen += more
        return True
    deadline = time.time() + 30
    while b'input' not in seen and time.time() < deadline and read(0.2):
        pass
    for key in keys:
        os.write(fd, key)
        read(0.15)
    deadline = time.time() + 30
    while time.time() < deadline:
        read(0.2)
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            os.close(fd)
            return seen.decode('utf-8', 'replace'), os.waitstatus_to_exitcode(status)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return seen.decode('utf-8', 'replace'), 'hangs'

CLEAR, DOWN, PAGE = b'\x15', b'\x1bOB', b'\x1b[6~'

def test_edit():
    run('unlearn', 'bandtrain')
    screen, status = type_into([CLEAR, b'set.fits', b'\r', b'\x04'])
    check(f'edit: {status}', status == 0)
    check(f'edit: {kept()!r}', 'input,s,a,"set.fits"' in kept())
    check('the form shows names and prompts', 'Training set' in screen and 'Ctrl-D' in screen)
    at = run('list', 'bandtrain').stdout.splitlines()
    row = next(i for i, line in enumerate(at) if 'seed' in line)
    screen, status = type_into([b'\r'] * row + [CLEAR, b'-4', b'\r', CLEAR, b'12', b'\r', b'\x04'])
    check(f'a bad value is said, its field not left: {status}', status == 0 and 'below the minimum 0' in screen)
    check(f'{kept()!r}', 'seed,i,h,12,' in kept() and 'input,s,a,"set.fits"' in kept())
    before = kept()
    screen, status = type_into([CLEAR, b'other.fits', b'\r', b'\x03'])
    check(f'Ctrl-C leaves all as it was: {status}', status == 1 and kept() == before)
    run('unlearn', 'bandtrain')
    for value in 'a  ', 'a\nb', 'a\tb', 'é.fits':
        for locale in 'C', 'C.UTF-8':
            run('set', 'bandtrain', f'input={value}')
            type_into([b'\r', b'2', b'\x04'], locale=locale)
            check(f'{value!r}, passed over in {locale}, stays', run('get', 'bandtrain', 'input').stdout == value + '\n')
    screen, status = type_into([], columns=40)
    check(f'a narrow terminal: {status} {screen!r}', status == 1 and 'at least 49 columns' in screen)
    run('unlearn', 'bandtrain')

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ['PFILES'] = f'{folder}/pf;'
    test_actions()
    test_lint()
    if subprocess.run(['infocmp', 'xterm'], capture_output=True).returncode == 0 \
            and 'no ncurses' not in type_into([b"\x03"])[0]:
        test_edit()
    else:
        print('no ncurses, or no terminal xterm: the form is not tried')
print(f'{len(failures)} failures')
sys.exit(bool(failures))
EOF
