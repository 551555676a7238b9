# job.tcl -- one prediction at a time: bandpredict as a child process, what it says, its end.
# SPDX-License-Identifier: BSD-3-Clause

namespace eval ::bandcast {
    variable job                        ;# its state: idle running done failed cancelled
    if {![info exists job(state)]} {
        array set job {state idle percent 0 text Ready output {} count 0 channel {} log {}}
    }
}

# state, percent, text, output; tabs between.
proc ::bandcast::status {} {
    variable job
    return [join [list $job(state) $job(percent) $job(text) $job(output)] \t]
}

# Predict with the model in FILE: FRAMES in the order of its inputs, TRUTHS in that of its outputs, {}
# where there is none, the OUTPUT file, as bandpredict takes it, or {} for a temporary one; with CLOBBER
# it may be replaced, else the error has the code BANDCAST EXISTS and the files that are there.  With
# REGION only in the regions that are selected in the first frame.  EXTRA: which of SIGMA and MASK
# are to be shown, too.  PARAMETERS: more of bandpredict's, "name=value" with blanks between.
proc ::bandcast::start {file frames truths output {clobber 0} {region 0} {extra {}} {parameters {}}} {
    variable job
    variable models
    if {$job(state) eq "running"} {
        error "a prediction is running; cancel it first"
    }
    set model [dict get $models $file]
    checkFrames $model $frames $truths
    checkParameters $parameters
    set outputs {}
    if {$output ne ""} {
        set outputs [outputNames $output [dict get $model outputs]]
        foreach name [linsert $outputs 0 $output] {
            checkOutput $name
        }
        checkReplaced $outputs [concat $frames {*}$truths] $clobber
    }
    set folder [file join [sessionFolder] [incr job(count)]]
    file mkdir $folder
    array set job [list folder $folder model $model frames $frames truths $truths wanted $outputs \
        clobber $clobber region $region extra $extra parameters $parameters output {} cancelled 0 log {}]
    if {[catch {startTask $file $folder} text]} {
        file delete -force -- $folder
        error $text
    }
    array set job {state running percent 0 text "Starting"}
    showState
}

# A prediction that cannot start is the last one all the same: a script that asks for the status only
# must not take the one before for it.  One that runs goes on.
proc ::bandcast::refuse {text} {
    variable job
    if {$job(state) ne "running"} {
        array set job [list state failed percent 0 text $text output {} log $text\n]
    }
}

proc ::bandcast::checkFrames {model frames truths} {
    foreach frame $frames name [dict get $model inputs] {
        if {$name eq ""} {
            error "[llength $frames] frames are given, [dict get $model name] needs\
                [llength [dict get $model inputs]]"
        }
        if {$frame eq ""} {
            set sentences [lmap other [frames] {several $other}]
            error [join [concat [list "no frame is chosen for $name"] \
                [lsearch -inline -all -not -exact $sentences {}]] "; "]
        }
    }
    foreach frame $frames name [dict get $model inputs] {
        if {[info exists of($frame)]} {
            error "frame [number $frame] is chosen for $of($frame) and for $name"
        }
        set of($frame) $name
    }
    if {[llength $truths] > [llength [dict get $model outputs]]} {
        error "[llength $truths] truth frames are given, [dict get $model name] predicts\
            [join [dict get $model outputs] {, }]"
    }
    foreach frame [concat $frames {*}$truths] {
        if {[info commands ::$frame] eq "" || ![$frame has fits]} {
            error "there is no image in frame [number $frame] any more"
        }
    }
}

# A word without a sign would be taken for an input.  What is wrong with the values, and what is set by the
# dialog and here once more, bandpredict says itself.
proc ::bandcast::checkParameters {parameters} {
    if {![string is list $parameters]} {
        error "$parameters: a brace or a quotation mark is open"
    }
    foreach word $parameters {
        if {![regexp {^[a-z]\w*(=.*|[+-])$} $word]} {
            error "$word: parameters are name=value, with blanks between"
        }
    }
}

proc ::bandcast::checkOutput {output} {
    if {[file pathtype $output] ne "absolute"} {
        error "$output: the output needs its absolute path"
    }
    if {[file isdirectory $output] || ![file writable [file dirname $output]]} {
        error "$output cannot be written"
    }
}

# None of OUTPUTS may be what one of FRAMES shows or, without CLOBBER, be there.
proc ::bandcast::checkReplaced {outputs frames clobber} {
    set there {}
    foreach output $outputs {
        foreach frame $frames {
            if {[lindex [diskFile $frame] 0] eq [file normalize $output]} {
                error "$output is what frame [number $frame] shows: choose another output"
            }
        }
        if {[file exists $output]} {
            lappend there $output
        }
    }
    if {!$clobber && $there ne ""} {
        throw [list BANDCAST EXISTS $there] "[lindex $there 0] exists; say clobber yes to replace it"
    }
}

# bandpredict writes aside and renames, so a file that DS9 shows is never changed under it.
proc ::bandcast::startTask {file folder} {
    variable job
    set model $job(model)
    set inputs [lmap frame $job(frames) {exported $frame $folder}]
    set job(remarks) [lmap frame $job(frames) {
        expr {[remark $frame] ne "" ? [remark $frame] : [continue]}
    }]
    set truths {}
    if {[concat {*}$job(truths)] ne ""} {
        set truths [lmap frame $job(truths) {
            expr {$frame eq "" ? "none" : [exported $frame $folder]}
        }]
    }
    set region {}
    if {$job(region)} {
        set region [savedRegions [lindex $job(frames) 0] [file join $folder frame.reg]]
    }
    # What the task says of our files is of these frames.
    set job(names) [list [file join $folder frame.reg] "selected in frame [number [lindex $job(frames) 0]]"]
    foreach frame [concat $job(frames) {*}$job(truths)] {
        lappend job(names) [file join $folder frame[number $frame].fits] "frame [number $frame]"
    }
    set job(files) [taskOutputs $job(wanted) $folder [dict get $model outputs]]
    set command [list [task bandpredict] input=[join $inputs ,] output=[join $job(files) ,] model=$file \
        bands=[join [dict get $model inputs] ,] truth=[join $truths ,] region=$region \
        clobber=[expr {$job(clobber) ? "yes" : "no"}] verbose=2 {*}$job(parameters)]
    set job(channel) [open |[concat $command 2>@1] r]
    fconfigure $job(channel) -blocking 0 -buffering line -encoding utf-8
    # Tcl 9 would stop at bytes that are not UTF-8.
    catch {fconfigure $job(channel) -profile replace}
    fileevent $job(channel) readable ::bandcast::readTask
    set ::errorInfo {}
}

# The files that OUTPUT means: one for each of BANDS, with its name if there are several.
proc ::bandcast::outputNames {output bands} {
    if {[file extension $output] eq ""} {
        append output .fits
    }
    if {[llength $bands] == 1} {
        return [list $output]
    }
    regexp {^(.*?)((?:\.fi?ts?)?(?:\.[fg]z)?)$} $output -> root ending
    return [lmap band $bands {format %s_%s%s $root [plainBand $band] $ending}]
}

# Where the task writes OUTPUTS, or what is temporary.  Odd names are reached through a link to their
# folder and given at the end.
proc ::bandcast::taskOutputs {outputs folder bands} {
    if {$outputs eq ""} {
        return [outputNames [file join $folder [defaultOutput $bands]] $bands]
    }
    if {[isPlain [join $outputs ""]]} {
        return $outputs
    }
    file link -symbolic [file join $folder out] [file dirname [lindex $outputs 0]]
    set n 0
    return [lmap output $outputs {
        file join $folder out .bandcast-[pid]-[clock seconds]-[incr n][ending $output]
    }]
}

proc ::bandcast::defaultOutput {bands} {
    return predicted[expr {[llength $bands] == 1 ? "_[plainBand [lindex $bands 0]]" : ""}].fits
}

# A band may be called anything.
proc ::bandcast::plainBand {name} {
    return [regsub -all {[^A-Za-z0-9_.-]} $name _]
}

# How FILE is packed: .fits, .fits.gz or .fits.fz.
proc ::bandcast::ending {file} {
    return .fits[expr {[regexp {\.[fg]z$} $file packed] ? $packed : ""}]
}

proc ::bandcast::readTask {} {
    variable job
    while {[gets $job(channel) line] >= 0} {
        if {[regexp {^bandpredict: ((\d+) % done, .*)$} $line -> text percent]} {
            set job(percent) $percent
            if {!$job(cancelled)} {
                set job(text) $text
            }
        } else {
            append job(log) [string map $job(names) $line]\n
        }
    }
    if {[eof $job(channel)]} {
        fconfigure $job(channel) -blocking 1
        set failed [catch {close $job(channel)} text options]
        set ::errorInfo {}
        set job(channel) {}
        endTask $failed [expr {$failed ? [dict get $options -errorcode] : ""}]
    }
}

proc ::bandcast::endTask {failed code} {
    variable job
    if {$job(cancelled)} {
        after cancel $job(killer)       ;# the next task may start within that time
        array set job {state cancelled percent 0 text Cancelled}
        file delete -force -- $job(folder)
    } elseif {!$failed} {
        finish
    } else {
        fail [expr {[lindex $code 0] eq "CHILDKILLED" ? "bandpredict ended by [lindex $code 2]"
            : [sentence $job(log)]}]
    }
    showState
}

proc ::bandcast::fail {text} {
    variable job
    array set job [list state failed percent 0 text $text]
    file delete -force -- $job(folder)
    showLog
}

# The task is done: give the output its name, show it, keep nothing else.
proc ::bandcast::finish {} {
    variable job
    set outputs {}
    set results {}
    set extensions {}
    if {[catch {
        foreach {- file extensions} [regexp -all -inline -line \
                {^bandpredict: (.*): extensions ([A-Z0-9 ]+)$} $job(log)] output $job(wanted) {
            if {$output eq ""} {
                set output $file
            } elseif {$output ne $file} {
                file rename {*}[expr {$job(clobber) ? "-force" : ""}] -- $file $output
                # DS9 opens no path with brackets.
                set file [plainLink $output [file join $job(folder) shown]]
            }
            lappend outputs $output
            lappend results $file $extensions
        }
        set job(output) [join $outputs ,]
        showResults $results $job(truths) $job(extra) $job(frames)
    } text]} {
        set ::errorInfo {}
        if {$job(files) ne $job(wanted)} {
            file delete -- {*}$job(files)
        }
        append job(log) $text\n
        fail $text
        return
    }
    set said [concat [list "[join [dict get $job(model) outputs] {, }] predicted"] $job(remarks)]
    if {"SIGMA" in $job(extra) && "SIGMA" ni $extensions} {
        lappend said "the model gives no SIGMA"
    }
    foreach {- file band header} [regexp -all -inline -line \
            {^bandpredict: (.*): taken for (.*) as bands= says; its header says (.*)$} $job(log)] {
        lappend said "[file tail $file] was taken for $band, its header says $header"
    }
    set n [countRemarks]
    if {$n > 0} {
        lappend said "$n remark[expr {$n > 1 ? "s" : ""}] (File > Show Log)"
    }
    array set job [list state done percent 100 text [join $said "; "]]
    foreach path [glob -nocomplain -directory $job(folder) frame* out] {
        file delete -- $path
    }
}

# The lines of the log that say more than which images were read and what was written.
proc ::bandcast::countRemarks {} {
    variable job
    set n 0
    foreach line [split [string trimright $job(log)] \n] {
        set isInput [expr {[regexp {^bandpredict: ([^:]+): } $line -> name]
            && $name in [dict get $job(model) inputs]}]
        incr n [expr {!$isInput && ![regexp {: (extensions [A-Z0-9 ]+|band .* predicted on .*)$} $line]}]
    }
    return $n
}

# ---- cancel ------------------------------------------------------------------------------------

proc ::bandcast::cancel {} {
    variable job
    if {$job(state) ne "running"} {
        error "no prediction is running"
    }
    if {$job(cancelled)} return
    array set job {cancelled 1 text Cancelling}
    killTask TERM
    # bandpredict removes what it has begun and ends at once; if it does not, it is ended.
    set job(killer) [after 2000 {::bandcast::killTask KILL}]
    showState
}

proc ::bandcast::killTask {signal} {
    variable job
    if {$job(channel) ne ""} {
        # The shell's own kill: a small system has no such program.
        catch {exec /bin/sh -c {kill -s "$@"} sh $signal {*}[pid $job(channel)]}
        set ::errorInfo {}
    }
}
