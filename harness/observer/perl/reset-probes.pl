# What the kernel does when it resets: probes on its own functions, in a tracefs instance and a group of events that are
# ours alone (Documentation/trace/kprobetrace.rst, Documentation/trace/ftrace.rst "Instances"). A process of its own does
# this, so that a tracefs that hangs holds up nobody, and so that the probes go when the observer does, however it ends.

my ($O_WRONLY, $O_APPEND) = (1, 1024);
my $BUFFER_KB = 64;    # for each processor; a reset is a handful of lines
my $MOST_LINES_A_SECOND = 500;
# The first two arguments of a function (Documentation/trace/kprobetrace.rst: $arg1 is younger than Linux 4.15).
my ($FIRST, $SECOND) = @{ { x86_64 => ['%di', '%si'], aarch64 => ['%x0', '%x1'] }->{$MACHINE} // [] };

# Functions of drivers/pci in Linux 4.15 to 6.18 whose first argument is a struct pci_dev. No kernel has them all, and a
# compiler may have inlined one: what cannot be probed is left out.
my @OF_A_FUNCTION = qw(pci_try_reset_function pci_reset_function __pci_reset_function_locked pcie_flr pci_reset_bus
    pci_bridge_secondary_bus_reset pci_reset_bridge_secondary_bus pci_reset_secondary_bus);
# These have a second argument: not zero where they are only asked whether they could.
my @OF_A_FUNCTION_OR_ASKED = qw(pci_dev_specific_reset pci_dev_acpi_reset pcie_reset_flr pci_af_flr pci_pm_reset);
# Who opens and closes a function for a VM: before 5.15, and since. Their argument is no pci_dev.
my %OF_A_MODULE = (
    vfio_pci => [qw(vfio_pci_enable vfio_pci_disable)],
    vfio_pci_core => [qw(vfio_pci_core_enable vfio_pci_core_disable)],
);
# These return nothing, and a kernel that knows refuses to say what.
my %RETURNS_NOTHING = map { $_ => 1 } qw(pci_reset_bridge_secondary_bus pci_reset_secondary_bus vfio_pci_core_disable vfio_pci_disable);
my @OFFSETS = map { 8 * $_ } 8 .. 56;

my ($tracefs, $instance, $group, $trace_pipe);
my (@set, @not_set, $module_probed);
my $over = 0;

# Not flush_output(): where nobody listens any more, that quits, and the probes would stay.
sub pass_on { emit(@_); return say_out() }
sub say_out { syswrite STDOUT, $out; $out = ''; return }

sub put {
    my ($path, $text) = @_;
    sysopen my $file, $path, $O_WRONLY | $O_APPEND or return 0;    # to truncate kprobe_events is to delete everybody's
    return defined syswrite $file, $text;
}

# Where somebody has mounted it already; nothing is mounted for this.
sub find_tracefs {
    for my $path ("$ROOT/sys/kernel/tracing", "$ROOT/sys/kernel/debug/tracing") {
        return $path if -e "$path/kprobe_events" && -d "$path/instances";
    }
    return;
}

sub alive {
    my ($pid) = @_;
    return (slurp("/proc/$pid/cmdline") // '') =~ /^comeback-observer/;
}

sub our_events {
    my ($wanted) = @_;
    return grep { $wanted->($_->[1]) } map { m{^[pr]\d*:(comeback_([0-9]+)/\S+)} ? [$1, $2] : () } split /\n/,
        slurp("$tracefs/kprobe_events") // '';
}

# Observers that were killed together with their tracer leave their things behind; those of one that lives are not touched.
sub remove_traces {
    my ($wanted) = @_;
    for my $name (grep { /^comeback-[0-9]+$/ } entries("$tracefs/instances")) {
        my ($pid) = $name =~ /([0-9]+)/;
        next unless $wanted->($pid);
        put("$tracefs/instances/$name/events/comeback_$pid/enable", '0');
        # Whoever happens to read the instance holds it for a moment.
        for (1 .. 20) { last if rmdir "$tracefs/instances/$name" or !$!{EBUSY}; select undef, undef, undef, 0.05 }
    }
    put("$tracefs/kprobe_events", "-:$_->[0]\n") for our_events($wanted);
    return;
}

# Older kernels complain in their log of a function that they do not have, so they are asked first.
sub known_symbols {
    my %wanted = map { $_ => 1 } @_;
    return %wanted if -e "$tracefs/error_log";
    my %known;
    open my $symbols, '<', '/proc/kallsyms' or return %wanted;
    while (<$symbols>) { $known{$1} = 1 if /^\S+ [tTwW] (\S+)/ && $wanted{$1} }
    return %known;
}

sub set_probe {
    my ($symbol, $arguments, $module) = @_;
    my $place = defined $module ? "$module:$symbol" : $symbol;
    # Both or none: an end without a beginning tells nothing, and a beginning alone never ends.
    my $done = put("$tracefs/kprobe_events", "p:$group/$symbol $place $arguments by=\$comm:string\n");
    my $result = $RETURNS_NOTHING{$symbol} ? '' : ' ret=$retval:s32';
    if ($done && !put("$tracefs/kprobe_events", "r:$group/${symbol}_ret $place$result\n")) {
        put("$tracefs/kprobe_events", "-:$group/$symbol\n");
        $done = 0;
    }
    push @{ $done ? \@set : \@not_set }, $symbol;
    return $done;
}

# The offset in struct pci_dev of the name of its kobject, `dddd:bb:dd.f`. It differs from kernel to kernel, so it is not
# believed but seen: a function that gets a pci_dev is probed with all offsets there may be, and then called for a function
# whose name is known, by reading the vendor ID of a host bridge. Probes survive bad pointers; they print "(fault)".
sub find_name_offset {
    my ($known) = grep { (slurp("$PCI/$_/class") // '') =~ /^0x0600/ } entries($PCI);
    return unless defined $known;
    my $probe = "$group/known";
    my $arguments = join '', map { " at$_=+0(+$_($FIRST)):string" } @OFFSETS;
    return unless put("$tracefs/kprobe_events", "p:$probe pci_config_pm_runtime_get$arguments\n");
    put("$instance/events/$probe/enable", '1');
    if (sysopen my $config, "$PCI/$known/config", 0) { sysread $config, my $vendor, 2 }
    put("$instance/events/$probe/enable", '0');
    my $said = '';
    1 while sysread $trace_pipe, $said, 65536, length $said;
    put("$tracefs/kprobe_events", "-:$probe\n");
    return $said =~ /-$$ .* at([0-9]+)="\Q$known\E"/ ? $1 : undef;
}

sub set_module_probes {
    return if $module_probed;
    # A kernel that has vfio_pci_core has a vfio_pci as well.
    my ($module) = grep { -d "$ROOT/sys/module/$_" } qw(vfio_pci_core vfio_pci) or return;
    $module_probed = 1;
    my @symbols = @{ $OF_A_MODULE{$module} };
    my %known = known_symbols(@symbols);
    $known{$_} and set_probe($_, '', $module) for @symbols;
    put("$instance/events/$group/enable", '1');
    return;
}

# Returns why not, or nothing.
sub set_probes {
    return "no argument registers known for $MACHINE" unless defined $FIRST;
    $tracefs = find_tracefs() or return 'the kernel has no kprobe events, or tracefs is not mounted';
    remove_traces(sub { !alive($_[0]) });
    ($instance, $group) = ("$tracefs/instances/comeback-$$", "comeback_$$");
    mkdir $instance or return "no tracefs instance: $!";
    put("$instance/buffer_size_kb", $BUFFER_KB);
    put("$instance/trace_clock", 'mono') or return "no monotonic trace clock: $!";
    sysopen $trace_pipe, "$instance/trace_pipe", $O_NONBLOCK or return "no trace pipe: $!";
    my $offset = find_name_offset() or return 'the name of a function could not be found in struct pci_dev';
    my %known = known_symbols(@OF_A_FUNCTION, @OF_A_FUNCTION_OR_ASKED);
    my $name = "dev=+0(+$offset($FIRST)):string";
    $known{$_} and set_probe($_, $name) for @OF_A_FUNCTION;
    $known{$_} and set_probe($_, "$name asked=$SECOND:u8") for @OF_A_FUNCTION_OR_ASKED;
    return "no function of the kernel could be probed: $!" unless @set;
    put("$instance/events/$group/enable", '1') or return "the probes could not be enabled: $!";
    set_module_probes();
    return;
}

my ($second, $lines, $dropped) = (0, 0, 0);
my %process_of;

# The kernel names the thread; "kvm" says more than "CPU 0/KVM" or "call_rcu", whichever of its threads it was.
sub process_of {
    my ($thread, $name) = @_;
    %process_of = () if keys %process_of > 256;
    return $process_of{"$thread $name"} //= do {
        my ($leader) = (slurp("/proc/$thread/status") // '') =~ /^Tgid:\s+([0-9]+)/m;
        (defined $leader ? slurp("/proc/$leader/comm") : undef) // $name;
    };
}

# Says what the kernel says, but in a storm no more than a bounded part of it; what is left out is counted.
# Returns 0 where there is nothing to say, and undef where there never will be again.
sub pass_lines_on {
    my $said = '';
    my $count = sysread $trace_pipe, $said, 65536;
    return $!{EAGAIN} || $!{EINTR} ? 0 : undef if !defined $count;
    return if !$count;
    for my $line (split /\n/, $said) {
        if ($line =~ /^CPU:\d+ \[LOST (\d+) EVENTS\]/) { $dropped += $1; next }
        my $now = int mono();
        if ($now != $second) { ($second, $lines) = ($now, 0) }
        if (++$lines > $MOST_LINES_A_SECOND) { $dropped++; next }
        tell_losses();
        $line =~ s/^\s+//;
        $line =~ s/^(.*?-([0-9]+) .* by=)"(.*)"$/"$1\"" . process_of($2, $3) . '"'/e;
        pass_on(t => '"trace"', line => text($line));
    }
    return 1;
}

sub tell_losses {
    pass_on(t => '"trace-lost"', mono => seconds(mono()), count => $dropped) if $dropped;
    $dropped = 0;
    return;
}

sub obey {
    my ($order) = @_;
    return set_module_probes() if $order eq 'module';
    # Whoever waits for a storm to end waits for ever.
    for (1 .. 100) { last unless pass_lines_on() }
    tell_losses();
    reply($order, '{}');
    return say_out();
}

# The life of the tracer. Its stdin ends when the observer does; its stdout is what the observer passes on.
sub trace_resets {
    my ($id) = @_;
    $0 = 'comeback-observer-trace';
    $SIG{TERM} = $SIG{HUP} = $SIG{INT} = sub { $over = 1 };
    $SIG{PIPE} = 'IGNORE';
    my $why = set_probes();
    if (defined $why) {
        refuse($id, 'tracing-unavailable', $why);
        say_out();
    }
    else {
        reply($id, object(probes => list(map { text($_) } @set), absent => list(map { text($_) } @not_set)));
        say_out();
        my $orders = '';
        while (!$over) {
            my $bits = '';
            vec($bits, $_, 1) = 1 for 0, fileno $trace_pipe;
            next if select($bits, undef, undef, undef) <= 0;
            if (vec $bits, fileno $trace_pipe, 1) { defined pass_lines_on() or last }
            if (vec $bits, 0, 1) { sysread STDIN, $orders, 4096, length $orders or last }
            obey($1) while $orders =~ s/^([^\n]*)\n//;
        }
    }
    close $trace_pipe if $trace_pipe;
    remove_traces(sub { $_[0] == $$ }) if defined $instance;
    leave();
    return;
}
