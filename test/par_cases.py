"""par_cases.py -- what parameter files and command lines must do, case by case.

The numbers are those of the list of acceptance cases; 50 to 63 and 70 are in par_runs.py, 64 to 69
and 71 to 75 where bandpar, IRAF and lists of images are tested.
SPDX-License-Identifier: BSD-3-Clause"""

import os
import random
import shutil
import subprocess
import sys

from par_world import *

# ---- reading ------------------------------------------------------------------------------------


def case_1():
    fields, said, status = parameters('x,i,h,3,1,10,"n"')
    check(status == 0 and fields == {"x": ["i", "h", "3", "1", "10", "n"]}, f"{fields} {said}")


def case_2():
    faults("x,i,h,3.7", "x.par:1:7: x=3.7 is not a whole number")


def case_3():
    faults("x,i,h,1e3", "not a whole number")


def case_4():
    takes("x,i,h,0x1f", "31")
    takes("x,i,h,1fx", "31")
    takes("x,i,h,17b", "15")


def case_5():
    faults("x,i,h,3000000000", "not a whole number below 2147483648")
    takes("x,i,h,2147483647", "2147483647")


def case_6():
    takes("x,i,h,INDEF,1,10", "INDEF")
    takes("x,i,h,indef,1,10", "INDEF")


def case_7():
    for spelling in ("true", "t", "YES", "y"):
        takes(f"x,b,h,{spelling}", "yes")
        check(
            Run(PRINT_PAR, "-w", "x.par").out == "x,b,h,yes,,,\n", f"{spelling} is written as yes"
        )


def case_8():
    faults("x,b,h,maybe", "x=maybe is not yes or no")


def case_9():
    takes("x,r,h,1.5d3", "1500")
    takes("x,r,h,-0:30:00", "-0.5")
    takes("x,r,h,12:30:45.5", format(12 + 30 / 60 + 45.5 / 3600, ".17g"))
    check(Run(PRINT_PAR, "-w", "x.par").out.startswith("x,r,h,12.512638"), "written as a decimal")


def case_10():
    faults("x,r,h,nan", "not a number")
    faults("x,r,h,inf", "not a number")


def case_11():
    for text in (
        "0.1234567890123456789",
        "1e-300",
        "3",
        "0.1",
        "-1.7976931348623157e308",
        "5e-324",
    ):
        takes(f"x,r,h,{text}", format(float(text), ".17g"))
        write("y.par", Run(PRINT_PAR, "-w", "x.par").out)
        again = Run(PRINT_PAR, "y.par")
        check(
            float(again.out.split("\t")[3]) == float(text),
            f"{text} is the same when written: {again}",
        )


def case_12():
    faults("x,r,h,5.,10.,1.", "the maximum 1. of x is below the minimum 10.")


def case_13():
    faults("x,r,h,5.,INDEF,1.", "above the maximum 1.")


def case_14():
    fields, said, status = parameters('x,s,h,"hello, world #1",,,"p"  # comment')
    check(
        status == 0 and said == "" and fields["x"] == ["s", "h", "hello, world #1", "", "", "p"],
        f"{fields} {said}",
    )


def case_15():
    takes("x,s,h,a#b,,,p", "a#b", said="warning: x.par:1:8: ")


def case_16():
    takes("x,s,h,'it \"q\"',,,'p'", 'it "q"')
    takes('x,s,h,"it \\"q\\""', 'it "q"')


def case_17():
    takes('x,s,h,"doubled ""q"""', 'doubled "q"')


def case_18():
    fields, said, status = parameters('x,s,h,"abc\ny,i,h,4\n')
    check(
        status == 1 and said == "x.par:1:7: unterminated quote\n" and fields["y"][2] == "4",
        f"{fields} {said}",
    )


def case_19():
    fields, said, status = parameters('x , s , h , "v" , , , "p"')
    check(status == 0 and fields["x"] == ["s", "h", "v", "", "", "p"], f"{fields} {said}")


def case_20():
    faults("x,s", "at least name,type,mode")
    fields, said, status = parameters('mode,s,h,"ql"')
    check(status == 0 and fields["mode"][2] == "ql", f"{fields} {said}")


def case_21():
    faults("x,s,h,v,,,p,8", "x.par:1:13: too many fields")


def case_22():
    fields, said, status = parameters("x,i,h,1\n\nx,i,h,2")
    check(
        status == 1 and said == "x.par:3: x stands in x.par:1 already\n" and fields["x"][2] == "1",
        f"{said}",
    )


def case_23():
    package(['infile,f,a,"",,,"Frac 50% %s %n"'])
    status, shown = terminal([], [b"a\n", b"b\n"])
    check(status == 0 and shown.startswith("Frac 50% %s %n: "), f"{status} {shown}")


def case_24():
    lines = [f'p{i},s,h,"{i}",,,"p"' for i in range(10000)]
    lines[5000] = 'p5000,s,h,"' + "v" * 5000 + '",,,"p"'
    text = "\n".join(lines)
    write("x.par", text)
    begin = work()
    run = Run(PRINT_PAR, "x.par")
    took = work() - begin
    check(
        len(text) > 200000
        and len(run.out.splitlines()) == 10000
        and "v" * 5000 in run.out
        and took < 0.1,
        f"{took} s, {run.said}",
    )


def case_25():
    for text in (
        '\ufeff\r\n  # c\r\nx,s,h,"\u00e9toile",,,"\u2605"\r\n\r\n',
        'x,s,h,"\u00e9toile",,,"\u2605"',
    ):
        fields, said, status = parameters(text)
        check(
            status == 0 and fields["x"][2] == "\u00e9toile" and fields["x"][5] == "\u2605",
            f"{fields} {said}",
        )


def case_26():
    for name in ("g", "struct", "pset", "*s", "ai", "gcur"):
        faults(f"x,{name},h,v", f"x.par:1:3: type '{name}' is known in IRAF only")


def case_27():
    takes('x,s,h,gauss,"gauss|gaussian"', "gauss")


def case_28():
    takes('x,s,h,TOP,"gauss|gaussian|tophat"', "tophat")
    faults('x,s,h,g,"gauss|gaussian|tophat"', "ambiguous: gauss, gaussian")
    package()
    refuses(
        ["a", "b", "method="], "method= is not one of gauss|gaussian|tophat|median (demo.par:7)"
    )
    package(['method,s,h,"gauss","|gauss|tophat",,"Method"'])
    gives(["a", "b", "method="], method="")


def case_29():
    faults('x,i,h,4,"3|5|7"', "x=4 is not one of 3|5|7")
    takes('x,i,h,05,"3|5|7"', "5")
    faults('x,r,h,4,"3|5.0|7"', "x=4 is not one of")
    takes('x,r,h,5,"3|5.0|7"', "5")


def case_30():
    choices = [f"choice{i:02d}" for i in range(50)]
    for choice in choices:
        takes(f'x,s,h,{choice},"{"|".join(choices)}"', choice)


def case_31():
    write("package/bandcast.par", 'verbose,b,h,yes\nlevel,i,h,7\nmode,s,h,"ql"\n')
    write("package/other.par", 'n,i,h,)_.level\nword,s,h,"topp",,,"Word of another"\n')
    for reference, value in (")_.verbose", "1"), (")bandcast.verbose", "1"), ("no", "0"):
        package([f"verbose,b,h,{reference}"])
        gives(["a", "b"], verbose=value)
    package(
        [
            "nit,i,h,)other.n",
            'outfile,s,a,")other.word.p_prompt"',
            'method,s,h,")bandcast.other.word"',
        ]
    )
    gives(["a"], nit="7", outfile="Word of another", method="topp")
    package(['method,s,h,"\\)_.verbose"', 'nit,i,h,)other.n,)_.level,")_.level"'])
    gives(["a", "b"], method=")_.verbose", nit="7")
    package(["nit,i,h,)_.nosuch"])
    run = demo("a", "b")
    check(run.status == 2 and "demo.par:5: )_.nosuch leads nowhere" in run.said, f"{run}")
    os.remove("package/bandcast.par")


def case_32():
    package(["sigma,r,h,)sigclip", "sigclip,r,h,)sigma"])
    run = demo("a", "b")
    check(
        run.status == 2 and "circular redirection sigma -> sigclip -> sigma" in run.said, f"{run}"
    )
    package(["sigma,r,h,)demo.sigma"])
    run = demo("a", "b")
    check(run.status == 2 and "circular redirection sigma -> sigma" in run.said, f"{run}")
    write("package/other.par", "n,i,h,)demo.nit\n")
    package(["nit,i,h,)other.n"])
    run = demo("a", "b")
    check(run.status == 2 and "circular redirection nit -> other.n -> nit" in run.said, f"{run}")


def case_33():
    package(['infile,fr,a,"nosuch",,,"Input image"'])
    refuses(["outfile=b"], "infile=nosuch: nosuch cannot be read (demo.par:1)")
    write("there", "")
    gives(["there[1]", "b"], infile="there[1]")
    package(['infile,fn,a,"",,,"Input image"', 'outfile,fe,a,"",,,"Output"'])
    refuses(
        ["there", "gone"],
        "infile=there: there exists already (demo.par:1)",
        "outfile=gone: gone does not exist (demo.par:2)",
    )


def case_34():
    """Random bytes, and good lines with random bytes in them; the fuzzers do this for longer."""
    chance = random.Random(34)
    letters = b"x,srb i\"'\\#|)=\n\r\t01.:-+edINDEF\x00\xff\xc3"
    for i in range(150):
        text = bytes(chance.choice(letters) for _ in range(chance.randrange(300)))
        begin = work()
        write("x.par", text)
        run = subprocess.run([PRINT_PAR, "x.par"], capture_output=True, timeout=5)
        check(run.returncode in (0, 1) and work() - begin < 1, f"{text!r}: {run.returncode}")


# ---- the command line ---------------------------------------------------------------------------


def case_35():
    package()
    gives(["a", "b"], infile="a", outfile="b", sigma="2.5", nit="3", verbose="0", method="gauss")
    refuses(["a", "b", "5"], "too many positional arguments: '5' (2 accepted)")


def case_36():
    gives(["a", "b", "sigm=5"], sigma="5")
    refuses(["a", "b", "sig=5"], "parameter 'sig' is ambiguous (sigma, sigclip)")


def case_37():
    refuses(["a", "b", "sgima=5"], "unknown parameter 'sgima' (did you mean sigma?)")
    refuses(["a", "b", "SIGMA=5"], "unknown parameter 'SIGMA' (did you mean sigma?)")


def case_38():
    gives(["a", "b", "sigma", "=", "5"], sigma="5")
    gives(["a", "b", "sigma=", "5"], sigma="5")
    gives(["a", "b", "sigma", "=5"], sigma="5")


def case_39():
    refuses(["a", "b", "sigma=5", "sigma=6"], "sigma is given twice")


def case_40():
    gives(["infile=a", "outfile=", "sigma=3"], outfile="", sigma="3")


def case_41():
    gives(["a b.fits", "outfile=x=y"], infile="a b.fits", outfile="x=y")
    refuses(["x=y", "b"], "unknown parameter 'x'", "outfile is missing (Output image)")
    gives(["./x=y", "b"], infile="./x=y")


def case_42():
    for argument, value in ("verbose+", "1"), ("verb-", "0"), ("verbose=t", "1"):
        gives(["a", "b", argument], verbose=value)


def case_43():
    refuses(["a", "b", "nit=11"], "nit=11 is above the maximum 10 (demo.par:5)")


def case_44():
    refuses(
        ["a", "b", "nit=INDEF"], "nit=INDEF is not a whole number below 2147483648 (demo.par:5)"
    )
    package(["nit,i,h,INDEF,1,10"])
    gives(["a", "b", "nit=INDEF"], nit=str(-(2**31)))
    gives(["a", "b", "nit=4"], nit="4")


def case_45():
    package()
    gives(["--", "-3", "b"], infile="-3")
    gives(["-3", "b"], infile="-3")
    gives(["a", "--", "sigma=5"], outfile="sigma=5")


def case_46():
    texts = {
        "par": 'infile,f,a,"in.fits",,,"Input"\noutfile,s,a,\'o "q".fits\'\nsigma,r,h,7\n'
        'verbose,b,h,yes\nmode,s,h,"ql"\n',
        "key": "# a run\ninfile = in.fits\noutfile='o \"q\".fits'\n sigma = 7 \nverb = yes\n",
        "cl": 'demo.infile = "in.fits"\ndemo.outfile = "o \\"q\\".fits"\ndemo.sigma = 7.\n'
        "demo.verbose = yes\n# EOF\n",
    }
    for name, text in texts.items():
        write(f"run.{name}", text)
        gives(
            [f"@@run.{name}"],
            infile="in.fits",
            outfile='o "q".fits',
            sigma="7",
            verbose="1",
            nit="3",
        )
        gives([f"@@run.{name}", "other", "sigma=1"], infile="other", sigma="1", verbose="1")
        gives(["sigma=1", f"@@run.{name}"], infile="in.fits", sigma="1", verbose="1")
    write("run.bad", "infile = a\nnosuch = 4\nother.sigma = 3\nnit = 99\nwhat is this\n")
    refuses(
        ["@@run.bad", "outfile=b"],
        "run.bad:2: unknown parameter 'nosuch'",
        "run.bad:3: other.sigma is not a parameter of demo",
        "run.bad:5: neither name = value nor a line of a parameter file",
        "nit=99 is above the maximum 10 (run.bad:4)",
    )
    refuses(
        ["@@nosuch", "a", "b"],
        "the parameter file nosuch cannot be read: No such file or directory",
    )
    write("run.dump", demo("a b", 'o"u\\t', "sigma=0.1", "--dump").out)
    gives(["@@run.dump"], infile="a b", outfile='o"u\\t', sigma=format(0.1, ".17g"))


def case_47():
    write(
        "help/demo.hlp",
        ".help demo\n.ih\nPARAMETERS\n.ls sigma\nWidth of the kernel.\n.le\n.endhelp\n",
    )
    shutil.rmtree("local", ignore_errors=True)
    for option in "--help", "--version", "--dump", "--check":
        run = demo("a", "b", option, PFILES="local;system")
        check(run.status == 0 and not os.path.exists("local"), f"{option}: {run}")
    run = demo("--dump")
    check(
        run.status == 0
        and 'demo.infile = ""\n' in run.out
        and "demo.sigma = 2.5\n" in run.out
        and run.out.endswith("# EOF\n"),
        f"{run}",
    )


def case_48():
    refuses(
        ["--check", "a", "b", "nit=99", "sigma=x", "nosuch=1"],
        "unknown parameter 'nosuch'",
        "sigma=x is not a number (demo.par:3)",
        "nit=99 is above the maximum 10 (demo.par:5)",
    )
    run = demo("--check", "a", "b")
    check(run.status == 0 and run.out == run.said == "", f"{run}")


def case_49():
    gives(["outfile=b", "a"], infile="a", outfile="b")


sys.exit(run_cases([item for item in globals().items() if item[0].startswith("case_")]))
