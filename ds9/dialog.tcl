# dialog.tcl -- Analysis > Bandcast > Predict band...
# SPDX-License-Identifier: BSD-3-Clause

namespace eval ::bandcast {
    variable top .bandcast              ;# DS9 keeps a dialog's menu bar beside it, not in it
    variable bar .bandcastmb
    variable choice                     ;# file of the model; pick,N and pick,truthN: frames; output;
                                        ;# replace: the output that the file dialog may replace;
                                        ;# region, SIGMA, MASK: 1 = yes; parameters: more of them
    if {![info exists choice(replace)]} {
        array set choice {model {} name {} needs {} output {} replace {} hint {} region 0 SIGMA 0 MASK 0 \
            parameters {}}
    }
}

proc ::bandcast::dialog {} {
    variable top
    if {[winfo exists $top]} {
        wm deiconify $top
        raise $top
        refresh
        suitFrames
        return
    }
    buildDialog
    loadModels installed
    suitFrames
    showState
    set ::errorInfo {}
}

proc ::bandcast::closeDialog {} {
    variable top
    variable bar
    destroy $top
    destroy $bar
}

# ---- layout ------------------------------------------------------------------------------------

proc ::bandcast::buildDialog {} {
    variable top
    variable bar
    Toplevel $top $bar 6 "Predict Band" ::bandcast::closeDialog
    wm resizable $top 1 0
    buildBar
    # Rows 3 to 39 are for the pickers, which come with the model.
    set f [ttk::frame $top.param]
    buildModel $f 0
    addRule $f 2
    addRule $f 40
    buildExtra $f 41
    buildOutput $f 45
    addRule $f 47
    buildProgress $f 48
    grid columnconfigure $f 1 -weight 1
    buildButtons [ttk::frame $top.buttons]
    ttk::separator $top.rule -orient horizontal
    pack $top.param -side top -fill both -expand true
    pack $top.rule $top.buttons -side top -fill x
    bind $top <<Close>> ::bandcast::closeDialog
    # Frames come and go while the dialog is open.
    bind $top <Enter> {if {"%W" eq $::bandcast::top} ::bandcast::refresh}
}

proc ::bandcast::addRule {f row} {
    grid [ttk::separator $f.rule$row -orient horizontal] -row $row -columnspan 3 -sticky ew -pady 4
}

proc ::bandcast::buildBar {} {
    variable bar
    $bar add cascade -label [msgcat::mc File] -menu [newMenu $bar.file]
    $bar.file add command -label "Open Model..." -command ::bandcast::openModel
    $bar.file add command -label "Save Output As..." -command ::bandcast::chooseOutput
    $bar.file add separator
    $bar.file add command -label "Show Log" -command ::bandcast::showLog
    $bar.file add separator
    $bar.file add command -label [msgcat::mc Close] -command ::bandcast::closeDialog \
        -accelerator "${::ds9(ctrl)}W"
    $bar add cascade -label [msgcat::mc Help] -menu [newMenu $bar.help]
    $bar.help add command -label "Bandcast Help" -command ::bandcast::help
}

proc ::bandcast::buildModel {f row} {
    ttk::label $f.model -text "Model"
    ttk::combobox $f.name -state readonly -width 38 -textvariable ::bandcast::choice(name)
    bind $f.name <<ComboboxSelected>> {::bandcast::modelPicked [%W current]}
    ttk::button $f.open -text "Open..." -command ::bandcast::openModel
    ttk::label $f.needs -textvariable ::bandcast::choice(needs)
    grid $f.model $f.name $f.open -row $row -padx 2 -pady 2 -sticky ew
    grid $f.needs -row [incr row] -column 1 -columnspan 2 -padx 2 -pady 2 -sticky w
}

proc ::bandcast::buildExtra {f row} {
    ttk::label $f.where -text "Region"
    ttk::checkbutton $f.region -text "only in the regions selected in the first frame" \
        -variable ::bandcast::choice(region)
    grid $f.where -row $row -padx 2 -pady 2 -sticky w
    grid $f.region -row $row -column 1 -columnspan 2 -padx 2 -pady 2 -sticky w
    ttk::label $f.extra -text "Show"
    ttk::frame $f.planes
    foreach {name text} {SIGMA "SIGMA, its uncertainty" MASK "MASK, where to doubt it"} {
        ttk::checkbutton $f.planes.show$name -text $text -variable ::bandcast::choice($name)
        pack $f.planes.show$name -side left -padx {0 12}
    }
    grid $f.extra -row [incr row] -padx 2 -pady 2 -sticky w
    grid $f.planes -row $row -column 1 -columnspan 2 -padx 2 -pady 2 -sticky w
    ttk::label $f.more -text "Parameters"
    ttk::entry $f.parameters -textvariable ::bandcast::choice(parameters)
    ttk::label $f.example -text "Of bandpredict, such as: unit=uJy psf=match"
    grid $f.more $f.parameters -row [incr row] -padx 2 -pady 2 -sticky ew
    grid configure $f.parameters -columnspan 2
    grid $f.example -row [incr row] -column 1 -columnspan 2 -padx 2 -pady 2 -sticky w
}

proc ::bandcast::buildOutput {f row} {
    ttk::label $f.output -text "Output"
    ttk::entry $f.file -textvariable ::bandcast::choice(output)
    ttk::button $f.save -text "Save As..." -command ::bandcast::chooseOutput
    ttk::label $f.hint -textvariable ::bandcast::choice(hint)
    grid $f.output $f.file $f.save -row $row -padx 2 -pady 2 -sticky ew
    grid $f.hint -row [incr row] -column 1 -columnspan 2 -padx 2 -pady 2 -sticky w
}

proc ::bandcast::buildProgress {f row} {
    ttk::label $f.progress -text "Progress"
    ttk::progressbar $f.bar -maximum 100 -variable ::bandcast::job(percent)
    ttk::label $f.status -text "Status"
    ttk::label $f.text -textvariable ::bandcast::job(text) -wraplength 400 -justify left
    grid $f.progress -row $row -padx 2 -pady 2 -sticky w
    grid $f.bar -row $row -column 1 -columnspan 2 -padx 2 -pady 2 -sticky ew
    grid $f.status -row [incr row] -padx 2 -pady 2 -sticky nw
    grid $f.text -row $row -column 1 -columnspan 2 -padx 2 -pady 2 -sticky w
}

proc ::bandcast::buildButtons {f} {
    ttk::button $f.predict -text "Predict" -command ::bandcast::predictChosen
    ttk::button $f.cancel -text [msgcat::mc Cancel] -command ::bandcast::cancelPressed
    ttk::button $f.close -text [msgcat::mc Close] -command ::bandcast::closeDialog
    pack $f.predict $f.cancel $f.close -side left -expand true -padx 2 -pady 4
}

# One picker for each input band of the model and one for the truth of each output band.
proc ::bandcast::buildPickers {model} {
    variable top
    variable choice
    set f $top.param
    foreach name [array names choice pick,*] {
        destroy $f.$name $f.label$name
    }
    array unset choice pick,*
    set row 2
    set key -1
    foreach name [dict get $model inputs] {
        addPicker $f [incr row] [incr key] $name
    }
    set key -1
    foreach name [dict get $model outputs] {
        addPicker $f [incr row] truth[incr key] "Truth ($name)"
    }
}

proc ::bandcast::addPicker {f row key text} {
    variable choice
    set choice(pick,$key) {}
    ttk::label $f.labelpick,$key -text $text
    ttk::combobox $f.pick,$key -state readonly -postcommand ::bandcast::refresh
    bind $f.pick,$key <<ComboboxSelected>> [list ::bandcast::framePicked $key]
    lower $f.pick,$key $f.where         ;# the Tab key goes by this order, too
    grid $f.labelpick,$key -row $row -padx 2 -pady 2 -sticky w
    grid $f.pick,$key -row $row -column 1 -columnspan 2 -padx 2 -pady 2 -sticky ew
}

# ---- model -------------------------------------------------------------------------------------

# WHAT: `installed' or a file, which is then chosen.
proc ::bandcast::loadModels {what} {
    variable top
    variable models
    variable choice
    set wanted $choice(model)
    if {[catch {readModels $what} read]} {
        complain $read
    } elseif {$what ne "installed"} {
        set wanted [lindex $read 0]
    }
    $top.param.name configure -values [lmap {file model} $models {modelLabel $file}]
    if {![dict exists $models $wanted]} {
        set wanted [modelForFrames]
    }
    if {[dict size $models] > 0} {
        modelPicked [expr {max(0, [lsearch -exact [dict keys $models] $wanted])}]
    }
}

# Of the models whose bands are all loaded the one that has use for most frames, as then the
# observed band is there, too; {} if there is none.
proc ::bandcast::modelForFrames {} {
    variable models
    set best {}
    set most 0
    dict for {file model} $models {
        lassign [suggest $model] inputs truths
        set used [llength [lsearch -all -not -exact [concat $inputs $truths] {}]]
        if {{} ni $inputs && $used > $most} {
            set best $file
            set most $used
        }
    }
    return $best
}

# A model of which a band has no frame, as when others were loaded since, gives way to one that has them all.
proc ::bandcast::suitFrames {} {
    variable models
    variable choice
    set best [modelForFrames]
    foreach name [array names choice {pick,[0-9]*}] {
        if {$choice($name) eq "" && $best ne ""} {
            return [modelPicked [lsearch -exact [dict keys $models] $best]]
        }
    }
}

proc ::bandcast::modelLabel {file} {
    variable models
    set name [dict get $models $file name]
    foreach {other model} $models {
        if {$other ne $file && [dict get $model name] eq $name} {
            return "$name ([file dirname $file])"
        }
    }
    return $name
}

proc ::bandcast::modelPicked {index} {
    variable models
    variable choice
    set file [lindex [dict keys $models] $index]
    set model [dict get $models $file]
    set choice(model) $file
    set choice(name) [modelLabel $file]
    set unit [dict get $model unit]
    set outputs [dict get $model outputs]
    set choice(needs) "needs [join [dict get $model inputs] {, }]; predicts\
        [join $outputs {, }][expr {$unit eq "" ? "" : " in $unit"}]"
    set choice(hint) "Empty: temporary, gone when DS9 ends"
    if {[llength $outputs] > 1} {
        append choice(hint) "; a name gets _[join $outputs {, _}]"
    }
    buildPickers $model
    refresh
}

proc ::bandcast::openModel {} {
    set file [fileDialog Open {}]
    if {$file ne ""} {
        loadModels [plainName $file model]
    }
}

# DS9's own file dialogs, which follow its preferences; each remembers a folder of its own.  They take
# a parent since DS9 8.
proc ::bandcast::fileDialog {kind file} {
    variable top
    variable box$kind
    if {![info exists box$kind]} {
        array set box$kind [array get ::fitsfbox]
    }
    set box${kind}(file) $file
    set command [list ${kind}FileDialog ::bandcast::box$kind]
    if {[llength [info args ::${kind}FileDialog]] > 1} {
        lappend command $top
    }
    return [{*}$command]
}

# ---- frames ------------------------------------------------------------------------------------

# Bring the pickers up to date: what was chosen stays if it is still there, the rest is suggested.
proc ::bandcast::refresh {} {
    variable top
    variable models
    variable choice
    if {![winfo exists $top] || ![dict exists $models $choice(model)]} return
    set frames [frames]
    lassign [suggest [dict get $models $choice(model)]] inputs truths
    foreach name [array names choice pick,*] {
        set key [string range $name 5 end]
        set isTruth [regexp {^truth(.*)$} $key -> at]
        if {$choice($name) ni [concat $frames none]} {
            set choice($name) [expr {$isTruth ? [lindex $truths $at] : [lindex $inputs $key]}]
        }
        set labels [lmap frame $frames {label $frame}]
        set shown [lsearch -exact $frames $choice($name)]
        if {$isTruth} {
            set labels [linsert $labels 0 none]
            incr shown
        }
        $top.param.pick,$key configure -values $labels
        $top.param.pick,$key set [lindex $labels $shown]
    }
    set ::errorInfo {}
}

proc ::bandcast::framePicked {key} {
    variable top
    variable choice
    set at [$top.param.pick,$key current]
    set frames [concat [expr {[string match truth* $key] ? "none" : ""}] [frames]]
    set choice(pick,$key) [lindex $frames $at]
}

# ---- output, buttons, log ----------------------------------------------------------------------

proc ::bandcast::chooseOutput {} {
    variable models
    variable choice
    set bands image
    if {[dict exists $models $choice(model)]} {
        set bands [dict get $models $choice(model) outputs]
    }
    set file [fileDialog Save [defaultOutput $bands]]
    if {$file ne ""} {
        set choice(output) [file normalize $file]
        # Of a file that is there it has asked already.
        set choice(replace) [expr {[file exists $file] ? $choice(output) : ""}]
    }
}

proc ::bandcast::predictChosen {{clobber 0}} {
    variable models
    variable choice
    refresh
    try {
        if {![dict exists $models $choice(model)]} {
            error "no model is chosen"
        }
        set frames {}
        for {set i 0} {[info exists choice(pick,$i)]} {incr i} {
            lappend frames $choice(pick,$i)
        }
        set truths {}
        for {set i 0} {[info exists choice(pick,truth$i)]} {incr i} {
            lappend truths [string map {none {}} $choice(pick,truth$i)]
        }
        set extra [lmap name {SIGMA MASK} {expr {$choice($name) ? $name : [continue]}}]
        set output [string trim $choice(output)]
        start $choice(model) $frames $truths $output $clobber $choice(region) $extra $choice(parameters)
        set choice(replace) {}
    } trap {BANDCAST EXISTS} {- options} {
        set ::errorInfo {}
        set there [lindex [dict get $options -errorcode] 2]
        if {$there eq [list $choice(replace)] || [mayReplace $there]} {
            predictChosen 1
        }
    } on error text {
        refuse $text
        complain $text
    }
}

# The question that the file dialog asks, too, for a name that was typed.
proc ::bandcast::mayReplace {files} {
    variable top
    set text "Do you want to overwrite what is there?\n[join $files \n]"
    return [expr {[tk_messageBox -parent $top -type yesno -icon warning -default no -message $text] eq "yes"}]
}

# The button is off when nothing runs, but a run may end as it is pressed.
proc ::bandcast::cancelPressed {} {
    catch cancel
    set ::errorInfo {}
}

proc ::bandcast::complain {text} {
    variable job
    array set job [list percent 0 text $text]
    set ::errorInfo {}
    bell
}

proc ::bandcast::showState {} {
    variable top
    variable job
    if {[winfo exists $top]} {
        set running [expr {$job(state) eq "running"}]
        $top.buttons.predict state [expr {$running ? "disabled" : "!disabled"}]
        $top.buttons.cancel state [expr {$running ? "!disabled" : "disabled"}]
    }
}

# What the task said; a script that came over XPA asks for the status instead.
proc ::bandcast::showLog {} {
    variable top
    variable job
    if {[winfo exists $top]} {
        SimpleTextDialog bandcastlog "Bandcast Log" 80 16 insert bottom $job(log)
        catch {$::bandcastlog(text) configure -wrap word}
        set ::errorInfo {}
    }
}
