# The observer's side of the process that has the probes: starts it at the first request, and passes on what it says.

our $tracer;           # what it says
our $tracer_orders;    # what it is told; it ends when this does
my $tracer_rest = '';
my %unanswered;        # the requests that it is to answer

sub start_tracer {
    my ($id) = @_;
    return refuse($id, 'bad-request', 'resets are traced already') if $tracer;
    pipe my $news, my $telling or return refuse($id, 'tracing-unavailable', "pipe: $!");
    pipe my $hearing, my $orders or return refuse($id, 'tracing-unavailable', "pipe: $!");
    my $observer = $$;
    flush_output();
    my $child = fork;
    return refuse($id, 'tracing-unavailable', "fork: $!") unless defined $child;
    if (!$child) {
        # Like a reader of edges it must hold neither the SSH channel nor the lab lock.
        alarm 0;
        open STDIN, '<&', $hearing;
        open STDOUT, '>&', $telling;
        open STDERR, '+<', '/dev/null';
        close $_ for $news, $orders, $telling, $hearing, handles_of_readers(), grep { defined } $kmsg, $uevents, $lab_lock;
        syscall $PRCTL, $PR_SET_PDEATHSIG, $SIGTERM, 0, 0, 0 if $PRCTL;
        trace_resets($id) if getppid() == $observer;
        leave();
    }
    close $telling;
    close $hearing;
    ($tracer, $tracer_orders) = ($news, $orders);
    $unanswered{$id} = 1;
    return;
}

# What it says are whole lines of the observer's own protocol.
sub read_tracer {
    my $count = sysread $tracer, $tracer_rest, 65536, length $tracer_rest;
    return if !defined $count && ($!{EAGAIN} || $!{EINTR});
    if (!$count) {
        close $_ for $tracer, $tracer_orders;
        ($tracer, $tracer_orders) = ();
        emit(t => '"trace-ended"', mono => seconds(mono()));
        refuse($_, 'tracing-unavailable', 'the process that had the probes ended') for keys %unanswered;
        %unanswered = ();
        return;
    }
    while ($tracer_rest =~ s/^([^\n]*\n)//) {
        my $line = $1;
        $out .= $line;
        delete $unanswered{$1} if $line =~ /^\{"t":"reply","id":([0-9]+),/;
    }
    return;
}

sub order {
    my ($order) = @_;
    return 0 unless $tracer_orders;
    local $SIG{PIPE} = 'IGNORE';
    return defined syswrite $tracer_orders, "$order\n";
}

# A module is there, and may be one with functions to probe.
sub tell_tracer_of_module { return order('module') }

# Answers once everything was passed on that the kernel has said until now.
sub catch_up {
    my ($id) = @_;
    if ($kmsg) { for (1 .. 100) { last unless read_kmsg() } }
    return reply($id, '{}') unless order($id);
    $unanswered{$id} = 1;
    return;
}
