# bandcast.tcl -- Bandcast inside DS9: its menu, its models, its commands on DS9's XPA access point.
# SPDX-License-Identifier: BSD-3-Clause
#
# bandds9 sets ::bandcast::bin and ::bandcast::html and sources this file, again each time: procedures are then
# replaced, what is running goes on.  Nothing here computes; the tasks do, as child processes that are given
# lists of arguments, never a line for a shell.  For DS9 7.6 and later, Tcl 8.6 and 9.
# Procedures raise one sentence for the user as their error.

namespace eval ::bandcast {
    variable bin                        ;# folder of the tasks
    variable html                       ;# folder of the help pages
    variable folder [file dirname [file normalize [info script]]]
    variable models                     ;# file -> dict of name, inputs, outputs, unit
    variable listening                  ;# the access point that has our commands
    variable canonical                  ;# what FILTER says -> name of the band
    if {![info exists models]} {
        set models {}
        set listening {}
        array set canonical {}
    }
}

foreach part {frames.tcl job.tcl dialog.tcl} {
    source [file join $::bandcast::folder $part]
}

proc ::bandcast::task {name} {
    variable bin
    return [file join $bin $name]
}

# ---- menu --------------------------------------------------------------------------------------

# Everything that a DS9 gets, at most once.
proc ::bandcast::attach {} {
    addMenu
    listen
    set ::errorInfo {}
}

# Where DS9 finds bandcast.ds9 the menu is there already; elsewhere it is made here, in that place.
proc ::bandcast::addMenu {} {
    set menu $::ds9(mb).analysis
    for {set i 0} {$i <= [$menu index end]} {incr i} {
        if {[$menu type $i] eq "cascade" && [$menu entrycget $i -label] eq "Bandcast"} return
    }
    set ours [newMenu $menu.bandcast]
    $ours add command -label "Predict band..." -command ::bandcast::dialog
    $ours add separator
    $ours add command -label "Help" -command ::bandcast::help
    # Within DS9's own part of the menu: "Clear Analysis Commands" deletes all that follows it.
    set at $::ds9(menu,size,analysis)
    $menu insert $at separator
    $menu insert [expr {$at + 1}] cascade -label "Bandcast" -menu $ours
    incr ::ds9(menu,size,analysis) 2
}

# ThemeMenu is there since DS9 8.2.
proc ::bandcast::newMenu {path} {
    if {[info commands ::ThemeMenu] ne ""} {
        ThemeMenu $path
    } else {
        menu $path -tearoff 0
    }
    return $path
}

# The page of the plug-in in the window that DS9 has for its own manual; as text where there is none.
proc ::bandcast::help {} {
    variable html
    set page [file join $html bandds9.html]
    if {[info commands ::HV] ne "" && [file readable $page]
        && ![catch {HV bandcasthelp "Bandcast Help" [file normalize $page]}]} return
    if {[catch {exec [task bandds9] --help 2>@1} text]} {
        set ::errorInfo {}
    }
    SimpleTextDialog bandcasthelp "Bandcast Help" 80 40 insert top $text
}

# ---- models ------------------------------------------------------------------------------------

# Read the headers of WHAT, a file or `installed', into models, named as tasks find them; returns the files.
proc ::bandcast::readModels {what} {
    variable models
    if {[catch {exec [task bandmodel] show $what 2>@1} text]} {
        set ::errorInfo {}
        error [sentence $text]
    }
    set files {}
    set file {}
    foreach line [split $text \n] {
        if {[regexp {^# (.*)$} $line -> file]} {
            lappend files $file
            dict set models $file [dict create name [file rootname [file tail $file]] inputs {} outputs {} unit {}]
        } elseif {$file ne "" && [regexp {^([A-Z0-9]+) *= *(.*)$} $line -> key value]} {
            addCard $file $key [cardText $value]
        }
    }
    return $files
}

proc ::bandcast::addCard {file key text} {
    variable models
    switch -glob -- $key {
        OUTUNIT  {dict set models $file unit $text}
        INBAND*  {addBand $file inputs $text}
        OUTBAND* {addBand $file outputs $text}
    }
}

proc ::bandcast::addBand {file key name} {
    variable models
    dict set models $file $key [concat [dict get $models $file $key] [list $name]]
}

# 'F150W   ' / comment  ->  F150W
proc ::bandcast::cardText {value} {
    if {[regexp {^'((?:[^']|'')*)'} $value -> text]} {
        return [string trimright [string map {'' '} $text]]
    }
    return [lindex [split $value " /"] 0]
}

# The file of the model that NAME means: an installed model's name or a file.
proc ::bandcast::findModel {name} {
    variable models
    if {[catch {readModels installed}]} {
        set ::errorInfo {}              ;# there may be none
    }
    foreach {file model} $models {
        if {[dict get $model name] eq $name} {
            return $file
        }
    }
    if {[file pathtype $name] ne "absolute"} {
        error "$name is not an installed model (a file needs its absolute path)"
    }
    return [lindex [readModels [plainName $name model]] 0]
}

# The last line of a task's output without its "task: ".
proc ::bandcast::sentence {text} {
    set lines {}
    foreach line [split $text \n] {
        if {[string trim $line] ne "" && $line ne "child process exited abnormally"} {
            lappend lines [string trim $line]
        }
    }
    return [regsub {^band[a-z0-9]+: } [lindex $lines end] ""]
}

# ---- XPA ---------------------------------------------------------------------------------------

#   xpaget ds9 bandcast frames|status|log
#   xpaset -p ds9 bandcast predict MODEL [frames {1 2}] [truth {3 none}] [output FILE]
#       [clobber yes|no] [region selected|none] [show {SIGMA MASK}]
#   xpaset -p ds9 bandcast cancel|dialog
proc ::bandcast::listen {} {
    variable listening
    if {![info exists ::xpa] || $listening eq $::xpa} return
    xpacmdadd $::xpa bandcast {predict a band from others} \
        ::bandcast::onGet {} fillbuf=false ::bandcast::onSet {} {}
    set listening $::xpa
}

# What SCRIPT raises is the caller's error.  What it caught is nobody's, but DS9 looks at errorInfo.
proc ::bandcast::answer {xpa script} {
    InitError xpa
    set failed [catch {uplevel 1 $script} text]
    set ::errorInfo {}
    if {$failed} {
        Error "bandcast: $text"
    }
    XPACatchError $xpa
}

proc ::bandcast::onGet {xpa data param} {
    answer $xpa {
        switch -- [string trim $param] {
            frames  {xpasetbuf $xpa [frameTable]}
            status  {xpasetbuf $xpa [status]\n}
            log     {xpasetbuf $xpa $::bandcast::job(log)}
            default {error "'$param' is not known; it can be asked for frames, status and log"}
        }
    }
}

proc ::bandcast::onSet {xpa data param buf len} {
    answer $xpa {
        set rest [lassign $param action]
        switch -- $action {
            predict {
                try {
                    predictFromWords $rest
                } on error text {
                    refuse $text
                    error $text
                }
            }
            cancel  {cancel}
            dialog  {after idle ::bandcast::dialog}
            default {error "'$action' is not known; it can predict, cancel and open its dialog"}
        }
    }
}

# One line a frame: number, 1 if it has an image, size, file[extension], band.
proc ::bandcast::frameTable {} {
    set table {}
    foreach frame $::ds9(frames) {
        set row [list [number $frame] [$frame has fits] {} {} {}]
        if {[$frame has fits]} {
            lset row 2 [join [$frame get fits size] x]
            lset row 3 [join [diskFile $frame] ""]
            lset row 4 [band $frame]
        }
        append table [join $row \t]\n
    }
    return $table
}

# The place of VALUE among CHOICES.
proc ::bandcast::oneOf {choices value} {
    set at [lsearch -exact $choices $value]
    if {$at < 0} {
        error "'$value' is none of [join $choices {, }]"
    }
    return $at
}

# The words after `predict'.
proc ::bandcast::predictFromWords {words} {
    variable models
    set options [lassign $words name]
    if {$name eq "" || [llength $options] % 2 != 0} {
        error "predict needs a model and then pairs of frames, truth, output, clobber, region, show, parameters\
            and their values"
    }
    set file [findModel $name]
    lassign [suggest [dict get $models $file]] frames truths
    set output {}
    set clobber 0
    set region 0
    set extra {}
    set parameters {}
    foreach {option value} $options {
        switch -- $option {
            frames  {set frames [lmap n $value {frameOf $n}]}
            truth   {set truths [lmap n $value {expr {$n eq "none" ? {} : [frameOf $n]}}]}
            output  {set output $value}
            clobber {set clobber [oneOf {no yes} $value]}
            region  {set region [oneOf {none selected} $value]}
            show    {lmap name $value {oneOf {SIGMA MASK} $name}; set extra $value}
            parameters {set parameters $value}
            default {error "'$option' is none of frames, truth, output, clobber, region, show, parameters"}
        }
    }
    start $file $frames $truths $output $clobber $region $extra $parameters
}
