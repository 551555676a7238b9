"""pyraf_calls.py -- the package in PyRAF: pyraf_calls.py IMAGES [terminal]
SPDX-License-Identifier: BSD-3-Clause"""
import csv
import glob
import os
import sys

from checks import check, report, until

images = sys.argv[1]
bands = ",".join("%s/ceers_31457_%s.fits.fz" % (images, band) for band in ("f150w", "f277w"))


def fails(task, *arguments, **values):
    """What the exception of a failed run says; "" if there is none."""
    from pyraf import iraf
    try:
        task(*arguments, **values)
    except iraf.IrafError as e:
        return str(e)
    return ""


def calls():
    epoch = os.environ.pop("SOURCE_DATE_EPOCH")     # IRAF 2.18 opens no help where it is set
    from pyraf import iraf
    iraf.bandcast(_doprint=0)
    iraf.set(ex=images + "/")
    page = "\n".join(iraf.help("bandpredict", page=0, Stdout=1))
    check("help: %s" % page, "predict the missing band of a galaxy image" in page and "SEE ALSO" in page)
    os.environ["SOURCE_DATE_EPOCH"] = epoch
    listed = iraf.bandmodel("list", "installed", Stdout=1)
    check("bandmodel list: %s" % listed, [line.split()[0] for line in listed][:2] == ["ceers_f115w", "ceers_f200w"])
    iraf.bandmodel("list", "installed", Stdout="listed")
    with open("listed") as f:
        check("into a file", f.read().splitlines() == listed)
    said = fails(iraf.bandmodel, "show", "nosuch")
    check("an error is an IrafError: %r" % said,
          "bandmodel: nosuch is neither a file nor the name of an installed model" in said)
    iraf.bandpredict(bands.replace(images + "/", "ex$"), "in_pyraf.fits", "ceers_f200w", verb=0)
    iraf.bandeval("in_pyraf.fits", "ex$ceers_31457_f200w.fits.fz", aper=1, table="in_pyraf.csv", verb=0)
    with open("in_pyraf.csv") as f:
        row = next(row for row in csv.DictReader(line for line in f if not line.startswith("#")))
    for name, column in (("mae", "MAE"), ("ssim", "SSIM"), ("psnr", "PSNR"), ("number", "N")):
        got, want = float(getattr(iraf.bandeval, name)), float(row[column])
        check("bandeval.%s = %s, the table has %s" % (name, got, want), abs(got - want) <= 1e-6 * abs(want))
    said = fails(iraf.bandpredict, bands, "in_pyraf.fits", "ceers_f200w")
    check("nothing is overwritten: %r" % said, "in_pyraf.fits exists; say clobber=yes" in said)
    iraf.bandmodel.model = "y" * 600
    said = fails(iraf.bandmodel, "list", mode="h")
    check("a value of 600 characters: %r" % said, "y" * 600 + " is neither" in said)
    iraf.unlearn("bandmodel")

    # Nobody can answer: an error within the minute, and the next call is in step.
    iraf.unlearn("bandpredict")
    said = fails(iraf.bandpredict)
    check("what is missing: %r" % said, "input is missing" in said and "model is missing" in said)
    try:
        iraf.bandeval("in_pyraf.fits", "in_pyraf.fits", sigma=4000)
        check("sigma=4000 is refused", False)
    except ValueError as e:                     # by PyRAF itself
        check("sigma=4000: %s" % e, "4000" in str(e))
    for _ in range(3):
        check("calls in a row stay in step", iraf.bandmodel("list", "installed", Stdout=1) == listed)


def terminal():
    import pexpect
    pyraf = pexpect.spawn("pyraf", ["-n", "-s"], timeout=60, encoding="utf-8", dimensions=(40, 200))
    try:
        pyraf.expect("--> ")
        for line in ("bandcast", "unlearn bandpredict"):
            pyraf.sendline(line)
            pyraf.expect_exact("--> ")
        pyraf.sendline("bandpredict output=asked.fits")
        pyraf.expect("Images of the input bands.*: ")
        pyraf.sendline(bands)
        pyraf.expect("Model: .*: ")
        pyraf.sendline("ceers_f200w")
        pyraf.expect("band F200W predicted")
        check("answers to prompts are taken", os.path.exists("asked.fits"))
        with open("long.list", "w") as f:
            f.write((images + "/kids_g.fits.fz," + images + "/kids_r.fits.fz\n") * 3000)
        pyraf.sendline("bandprep @long.list long.fits size=64 verbose=0")
        check("the run has begun", until(lambda: os.path.exists(".long.fits.part")))
        pyraf.sendintr()
        check("^C leaves nothing: %s" % os.listdir("."), until(lambda: glob.glob(".long*") == []))
        pyraf.sendline("bandmodel list installed")
        pyraf.expect("kids_r ")
        pyraf.sendline(".exit")
        pyraf.expect(pexpect.EOF)
    except (pexpect.TIMEOUT, pexpect.EOF):
        check("the session goes on; it shows %r" % pyraf.before[-1000:], False)


terminal() if sys.argv[2:] else calls()
report()
