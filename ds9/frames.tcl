# frames.tcl -- DS9's frames: which band each shows, as files for a task, and results as new frames.
# SPDX-License-Identifier: BSD-3-Clause

namespace eval ::bandcast {
    variable ours                       ;# frame -> the file, as diskFile has it, of the result that it got
    variable session                    ;# our private folder; {} until something needs it
    if {![info exists session]} {
        set ours {}
        set session {}
    }
}

proc ::bandcast::number {frame} {
    return [string range $frame [string length Frame] end]
}

proc ::bandcast::frameOf {number} {
    if {"Frame$number" ni $::ds9(frames) || ![Frame$number has fits]} {
        error "there is no image in a frame $number"
    }
    return Frame$number
}

proc ::bandcast::frames {} {
    return [lmap frame $::ds9(frames) {expr {[$frame has fits] ? $frame : [continue]}}]
}

# "2: gal_r.fits [r]"
proc ::bandcast::label {frame} {
    set text "[number $frame]: [join [$frame get fits file name root]]"
    set band [band $frame]
    return [expr {$band eq "" ? $text : "$text \[$band\]"}]
}

# ---- which band --------------------------------------------------------------------------------

# The band that FRAME's header names, {} if none.
proc ::bandcast::band {frame} {
    set texts [list [sliceBand $frame] [bandOf headerText $frame] \
        [bandOf cardOf [primaryCards [lindex [diskFile $frame] 0]]]]
    return [canonicalBand [lsearch -inline -not -exact $texts {}]]
}

# What GET FROM key, the text of a card, says of the band; the keys are those of lib/image_open.c.
proc ::bandcast::bandOf {get from} {
    set pupil [$get $from PUPIL]
    if {[regexp {^F\d} $pupil]} {
        return $pupil                   ;# JWST: the narrower of two filters in the beam
    }
    foreach key {FILTER FILTER1 FILTER2 FILTER3 BAND FILT_ID FILTNAM FILTNAME FILTNAM1 FILTERID FPA.FILTERID INSFLNAM
            BANDNAME BANDPASS} {
        set text [$get $from $key]
        if {![regexp -nocase {^(CLEAR.*|N/A|OPEN|NONE|EMPTY|BLANK|[0-9. ]*)$} $text]} {
            return $text
        }
    }
    return {}
}

proc ::bandcast::headerText {frame key} {
    return [string trim [$frame get fits header keyword "\"$key\""] " '"]
}

# Of a cube's slice that FRAME shows, by BANDS ("grz", "g,r,z") or BANDn, which count from 0 or 1.
proc ::bandcast::sliceBand {frame} {
    if {![$frame has fits cube]} {
        return {}
    }
    set n [$frame get fits slice]
    set text [headerText $frame BANDS]
    set bands [expr {[regexp {[, ]} $text] ? [regexp -all -inline {[^, ]+} $text] : [split $text ""]}]
    if {[llength $bands] == [headerText $frame NAXIS3]} {
        return [lindex $bands $n-1]
    }
    return [headerText $frame BAND[expr {[headerText $frame BAND0] eq "" ? $n : $n - 1}]]
}

# An image extension often leaves FILTER to the primary header, which DS9 does not show: {key text ...}.
proc ::bandcast::primaryCards {file} {
    set cards {}
    if {$file eq "" || [catch {open $file rb} channel]} {
        set ::errorInfo {}
        return {}
    }
    for {set n 0} {$n < 36 * 64 && ![eof $channel]} {incr n} {
        set card [read $channel 80]
        if {$n == 0 && ![string match "SIMPLE  =*" $card] || [string match "END *" $card]} break
        if {[regexp {^([A-Z0-9._-]+) *= *('.*)$} $card -> key value]} {
            dict set cards $key [cardText $value]
        }
    }
    close $channel
    return $cards
}

proc ::bandcast::cardOf {cards key} {
    return [expr {[dict exists $cards $key] ? [dict get $cards $key] : {}}]
}

# FILTER cards spell a band in many ways; the library knows them.
proc ::bandcast::canonicalBand {text} {
    variable canonical
    if {$text eq ""} {
        return {}
    }
    if {![info exists canonical($text)]} {
        set canonical($text) $text
        if {[catch {exec [task bandds9] band band=$text} name]} {
            set ::errorInfo {}
        } elseif {$name ne ""} {
            set canonical($text) $name
        }
    }
    return $canonical($text)
}

# Opened by us, if FRAME has not got another image since, or from a file of bandpredict.
proc ::bandcast::isPrediction {frame} {
    variable ours
    return [expr {[dict exists $ours $frame] && [dict get $ours $frame] eq [diskFile $frame]
        || [headerText $frame BCMODEL] ne ""}]
}

# The frames that MODEL's inputs are likely in, and its outputs: {{Frame1 {}} Frame3}; {} where
# there is none.  Frames that show a prediction are left to the user.
proc ::bandcast::suggest {model} {
    foreach frame [frames] {
        set found [band $frame]
        if {![isPrediction $frame] && [several $frame] eq "" && ![info exists of($found)]} {
            set of($found) $frame
        }
    }
    set inputs [lmap name [dict get $model inputs] {
        expr {[info exists of($name)] ? $of($name) : {}}
    }]
    set truths [lmap name [dict get $model outputs] {
        expr {[info exists of($name)] && $of($name) ni $inputs ? $of($name) : {}}
    }]
    return [list $inputs $truths]
}

# ---- frames as files ---------------------------------------------------------------------------

# {path extension} of the file that FRAME shows; {} if its image came over XPA, a pipe or the net,
# or is another than an image extension ("events.fits[bin=x,y]", a cube of extensions).
proc ::bandcast::diskFile {frame} {
    upvar #0 $frame loaded
    if {![info exists loaded(load,type)] || ![info exists loaded(file,name)]
        || $loaded(load,type) ni {mmap mmapincr alloc allocgz} || $loaded(file,mode) ne ""} {
        return {}
    }
    # DS9 opens no file with a bracket in its path, so the first one starts the extension.
    regexp {^([^\[]*)(.*)$} $loaded(file,name) -> path brackets
    if {![file isfile $path]} {
        return {}
    }
    set extension {}
    foreach {- inside} [regexp -all -inline {\[([^\]]*)\]} $brackets] {
        if {[regexp {^(plane=\d+|[\d*:,@. ]*[*:@][\d*:,@. ]*)$} $inside]} {
            continue                    ;# what of the image is shown; section asks DS9
        }
        if {$extension ne "" || ![regexp {^[A-Za-z0-9_. -]+(,\d+)?$} $inside]} {
            return {}
        }
        set extension \[$inside\]
    }
    return [list [file normalize $path] $extension]
}

# What FRAME shows of its image, for CFITSIO: a crop, the current slice of a cube; {} = all.
proc ::bandcast::section {frame} {
    set cube [$frame has fits cube]
    if {![$frame has crop] && !$cube} {
        return {}
    }
    set xy *,*
    if {[$frame has crop]} {
        if {[blocked $frame]} {
            error "frame [number $frame] is cropped and blocked: set its block to 1"
        }
        lassign [$frame get crop image fk5 degrees] x1 y1 x2 y2
        lassign [$frame get fits size] nx ny
        set xy [span $x1 $x2 $nx],[span $y1 $y2 $ny]
    }
    return [expr {$cube ? "\[$xy,[$frame get fits slice]:[$frame get fits slice]\]" : "\[$xy\]"}]
}

# The pixels from one edge of a crop to the other, of N.
proc ::bandcast::span {edge1 edge2 n} {
    set first [expr {max(1, round($edge1 + 0.5))}]
    return $first:[expr {max($first, min($n, round($edge2 - 0.5)))}]
}

proc ::bandcast::blocked {frame} {
    foreach factor [$frame get block factor] {
        if {$factor != 1} {
            return 1
        }
    }
    return 0
}

# What DS9 would do to the pixels of FRAME on their way out.
proc ::bandcast::changed {frame} {
    if {[blocked $frame]} {
        return blocked
    }
    return [expr {[$frame has smooth] ? "smoothed" : ""}]
}

# A sentence if FRAME holds several images, else {}.
proc ::bandcast::several {frame} {
    if {[$frame get type] ni {rgb hsv hls} && ![$frame has fits mosaic]} {
        return {}
    }
    return "frame [number $frame] holds more than one image: load each band into a frame of its own"
}

# FRAME's image as an item of bandpredict's lists; FOLDER takes what must be written for it.
proc ::bandcast::exported {frame folder} {
    set n [number $frame]
    if {[several $frame] ne ""} {
        error [several $frame]
    }
    lassign [diskFile $frame] path extension
    if {$path eq ""} {
        if {[changed $frame] ne ""} {
            error "frame $n is [changed $frame] and has no file on disk: switch that off first"
        }
        set path [file join $folder frame$n.fits]
        $frame save fits image file "{$path}"
    }
    set groups $extension[section $frame]
    if {$groups ne "" && ![isPlain $path]} {
        set path [plainLink $path [file join $folder frame$n]]
    }
    return [quoted $path]$groups
}

# The regions that are selected in FRAME, as FILE for bandpredict.  DS9 counts image pixels by its
# blocks, physical ones by the file's; of a crop the task sees an image of its own, so the sky has
# to say where they are.
proc ::bandcast::savedRegions {frame file} {
    set system [expr {[blocked $frame] ? "physical" : "image"}]
    if {[$frame has crop]} {
        if {![$frame has wcs celestial wcs]} {
            error "frame [number $frame] is cropped and has no sky coordinates for its regions"
        }
        set system wcs
    }
    set text [$frame marker list select ds9 $system [skyOf $frame] degrees no]
    if {![string match "*(*" $text]} {
        error "no region is selected in frame [number $frame]"
    }
    set channel [open $file w]
    puts $channel $text
    close $channel
    return $file
}

# FK5 or ICRS, as FRAME's header has it: bandpredict does not turn one into the other.
proc ::bandcast::skyOf {frame} {
    foreach key {RADESYS RADECSYS EQUINOX EPOCH} {
        set text [string trim [$frame get fits header keyword "\"$key\""] " '"]
        if {$text ne ""} {
            return [expr {$text eq "ICRS" ? "icrs" : "fk5"}]
        }
    }
    return icrs
}

# What the task will not see of FRAME, for the status line.
proc ::bandcast::remark {frame} {
    if {[diskFile $frame] eq "" || [changed $frame] eq ""} {
        return {}
    }
    return "frame [number $frame] is [changed $frame]: its file was used"
}

# ---- names and folders -------------------------------------------------------------------------

# Do CFITSIO, with brackets behind NAME, DS9 and lists of files see nothing special in it?  "a+3" is an
# extension to CFITSIO.
proc ::bandcast::isPlain {name} {
    return [expr {[regexp {^/[A-Za-z0-9_./+~=:-]*$} $name] && ![regexp {\+\d+$} $name]}]
}

# PATH as bandlists has it: in quotes, of both kinds one behind the other.
proc ::bandcast::quoted {path} {
    return \"[string map {\" {"'"'"}} $path]\"
}

# A symbolic link to PATH whose name starts with START and is plain.
proc ::bandcast::plainLink {path start} {
    set link $start-[regsub -all {[^A-Za-z0-9_.-]} [file tail $path] _]
    file delete $link
    file link -symbolic $link $path
    return $link
}

# PATH, or a link in the session's folder if its name is odd.
proc ::bandcast::plainName {path start} {
    return [expr {[isPlain $path] ? $path : [plainLink $path [file join [sessionFolder] $start]]}]
}

# Ours alone (mktemp gives mode 700), gone when DS9 ends.  A shell waits for that at the other end of a
# pipe, as a DS9 that a signal ends does nothing any more; such signals often reach the shell, too.
proc ::bandcast::sessionFolder {} {
    variable session
    if {$session eq "" || ![file isdirectory $session]} {
        set parent [expr {[info exists ::env(TMPDIR)] ? $::env(TMPDIR) : "/tmp"}]
        if {![isPlain $parent] || ![file isdirectory $parent]} {
            set parent /tmp
        }
        set session [exec mktemp -d [file join $parent bandcast-XXXXXX]]
        open |[list /bin/sh -c {trap "" HUP INT QUIT TERM; read -r line; rm -rf "$1"} sh $session] w
        trace remove execution ::exit enter ::bandcast::leave
        trace add execution ::exit enter ::bandcast::leave
    }
    return $session
}

proc ::bandcast::leave {args} {
    catch {killTask TERM}
}

# ---- results as frames -------------------------------------------------------------------------

# The same command as ds9's command line and XPA have: ds9Command Scale {limits 0 1}
proc ::bandcast::ds9Command {name words} {
    set i 0
    Process${name}Cmd words i
}

# RESULTS: of each output band the file and its extensions.
proc ::bandcast::showResults {results truths extra inputs} {
    set sources [present [concat $inputs {*}$truths]]
    set leader [expr {$::current(frame) in $sources ? $::current(frame) : [lindex $sources 0]}]
    set predicted {}
    foreach {file extensions} $results truth $truths {
        set reference [lindex [present [concat $truth $inputs]] 0]
        lappend predicted [showResult $file $extensions $extra $reference]
    }
    lockFrames [concat $leader $sources $predicted]
    goTo [lindex $predicted 0]
}

# Those of FRAMES that are still there.
proc ::bandcast::present {frames} {
    return [lmap frame $frames {expr {$frame in [frames] ? $frame : [continue]}}]
}

# Show FILE's prediction in a new frame, drawn as REFERENCE if there is one in its unit, and those of its
# EXTENSIONS that are wanted: RESIDUAL always, others if they are in EXTRA.  Returns the first frame.
proc ::bandcast::showResult {file extensions extra reference} {
    if {$reference ne ""} {
        goTo $reference
    }
    set predicted [openFrame $file]
    if {$reference ne ""} {
        ds9Command Scale [$reference get colorscale]
        if {[headerText $reference BUNIT] in [list {} [headerText $predicted BUNIT]]} {
            ds9Command Scale [concat limits [$reference get clip]]
        }
    }
    foreach name {RESIDUAL SIGMA MASK} {
        if {$name in $extensions && $name in [concat RESIDUAL $extra]} {
            openFrame $file\[$name\]
            draw$name $::current(frame)
        }
    }
    return $predicted
}

# Side by side and moving together, by the sky if all FRAMES have one, else by pixels, of a region's
# cut-out by physical ones, which are those of what it was cut from; they take the view of the first.
proc ::bandcast::lockFrames {frames} {
    variable job
    goTo [lindex $frames 0]
    set by wcs
    foreach frame $frames {
        if {![$frame has wcs celestial wcs]} {
            set by [expr {$job(region) ? "physical" : "image"}]
        }
    }
    ds9Command Tile yes
    # As the menu does it: the command `lock' of DS9 8.4 does not know the word physical.
    set ::panzoom(lock) $by
    LockFrameCurrent
    set ::crosshair(lock) $by
    LockCrosshairCurrent
}

proc ::bandcast::goTo {frame} {
    CreateGotoFrame [number $frame] [$frame get type]
}

# A new frame with FILE as it is: DS9 hands the current block and smoothing on to new frames.
proc ::bandcast::openFrame {file} {
    variable ours
    CreateFrame
    set frame $::current(frame)
    ds9Command Block {to 1}
    ds9Command Smooth no
    if {[catch {LoadFitsFile $file {} {}; FinishLoad} text] || ![$frame has fits]} {
        set ::errorInfo {}
        DeleteSingleFrame $frame
        error "DS9 cannot show [file tail $file]: $text"
    }
    dict set ours $frame [diskFile $frame]
    return $frame
}

# Zero white, the limits as far below it as above, wide enough for 99.5 % of the pixels.
proc ::bandcast::drawRESIDUAL {frame} {
    ds9Command Cmap h5_bluered
    ds9Command Cmap {invert no}
    ds9Command Cmap {value 1 0.5}
    ds9Command Scale linear
    set limit 0
    foreach value [$frame get clip 99.5 local] {
        set limit [expr {max($limit, abs($value))}]
    }
    if {$limit > 0} {
        ds9Command Scale [list limits [expr {-$limit}] $limit]
    }
}

# A standard deviation has no sign.
proc ::bandcast::drawSIGMA {frame} {
    ds9Command Cmap grey
    ds9Command Cmap {invert no}
    ds9Command Cmap {value 1 0.5}
    ds9Command Scale linear
    ds9Command Scale {mode 99.5}
}

# Black where nothing is to be said of the prediction.
proc ::bandcast::drawMASK {frame} {
    drawSIGMA $frame
    ds9Command Scale [list limits 0 [expr {max(1, [lindex [$frame get minmax] 1])}]]
}
