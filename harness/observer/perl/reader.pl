# The children that do the reads which can hang. A read of a hung port can take for ever, in a state in which no signal kills the
# reader. So a child reads, and we go on; after the deadline we say which function it hangs at and never wait for the child.
#
# A reader is asked again and again, for a fork costs more than all that is read at an edge. Whoever hangs, dies or was started
# before what is watched changed is never asked again; one who is busy gets company.

my ($F_SETFL, $F_GETFL) = (4, 3);

my %readers;       # pid => every reader that may still be there
my @idle;          # those that wait to be asked
my $generation = 0;

sub kill_readers { kill 'KILL', keys %readers; return }

# What a reader knows of the watched functions and the VM it knows from its birth.
sub retire_readers {
    $generation++;
    dismiss($_) for splice @idle;
    return;
}

sub dismiss {
    my ($reader) = @_;
    kill 'KILL', $reader->{pid};
    delete $readers{ $reader->{pid} };
    close $reader->{$_} for qw(orders news progress);
    return;
}

# Tells how it went ('answered', 'ended', 'late'; 'none' where there is no reader), what was said, and how many functions were read.
sub ask_reader {
    my ($seconds, $functions, $tell) = @_;
    my $reader;
    while (1) {
        $reader = pop @idle // new_reader() // return $tell->('none', "$!", 0);
        local $SIG{PIPE} = 'IGNORE';
        last if syswrite $reader->{orders}, join(' ', $seconds, @$functions) . "\n";
        dismiss($reader);
    }
    expect_from($reader->{news}, $seconds, @$functions + 1, sub {
        my ($said, $how) = @_;
        my $done = sysread($reader->{progress}, my $bytes, 65536) // 0;
        if ($how eq 'answered' && $reader->{generation} == $generation) { push @idle, $reader }
        else { dismiss($reader) }
        $tell->($how, $said, $done);
    });
    return;
}

sub new_reader {
    my %reader = (generation => $generation);
    pipe my $hearing, $reader{orders} or return;
    pipe $reader{news}, my $telling or return;
    pipe $reader{progress}, my $passing or return;
    # Bytes lie in it until an edge is over: whoever counts them then must never wait for one more.
    fcntl $reader{progress}, $F_SETFL, fcntl($reader{progress}, $F_GETFL, 0) | $O_NONBLOCK;
    my $observer = $$;
    flush_output();
    my $pid = fork // return;
    if (!$pid) {
        # A child that hangs must hold neither the SSH channel nor the lab lock.
        # Perl would never close a file that it opened in the place of a closed stdin: hence /dev/null.
        open $_, '+<', '/dev/null' for \*STDIN, \*STDOUT, \*STDERR;
        close $_ for @reader{qw(orders news progress)}, handles_of_readers(), grep { defined } $kmsg, $uevents, $lab_lock, $tracer, $tracer_orders;
        $SIG{$_} = 'DEFAULT' for qw(HUP TERM INT);
        syscall $PRCTL, $PR_SET_PDEATHSIG, $SIGKILL, 0, 0, 0 if $PRCTL;
        leave() if getppid() != $observer;
        serve_reads($hearing, $telling, $passing);
        leave();
    }
    $readers{$pid} = { %reader, pid => $pid };
    return $readers{$pid};
}

# Who does not hold them shows the end of one reader's pipes to the others.
sub handles_of_readers { return map { @$_{qw(orders news progress)} } values %readers }

sub serve_reads {
    my ($hearing, $telling, $passing) = @_;
    while (defined(my $order = <$hearing>)) {
        my ($seconds, @functions) = split ' ', $order;
        # Should nobody be left to kill us.
        alarm 1 + int $seconds;
        my ($answer, %ports) = ('');
        for my $function (@functions) {
            $answer .= edge_reading($function, \%ports) . "\n";
            syswrite $passing, '.';
        }
        $answer .= tasks_reading(@functions) . "\n";
        while (length $answer) {
            my $written = syswrite($telling, $answer) // return;
            substr $answer, 0, $written, '';
        }
        alarm 0;
    }
    return;
}

# Ends a child without the END blocks and buffers of its parent.
sub leave { kill 'KILL', $$; return }
