# One controller at a time. The lock is a name in the abstract UNIX namespace: the kernel gives it free when we die,
# however we die, so there is no stale lock to clean up (unix(7)). Whoever connects is told who holds it.

our $lab_lock;
my $lab_owner = '';
my ($AF_UNIX, $SOCK_STREAM) = (1, 1);
my $ANSWER_SECONDS = 2;
my $SILENT_HOLDER = 'unknown (holder does not answer)';

sub lock_address {
    # Two twins on one machine are two labs. An abstract name holds at most 107 bytes, a path may be longer.
    my $lab = $ROOT eq '' ? '' : '-' . join '-', (stat $ROOT)[0, 1];
    return pack 'Sa*', $AF_UNIX, "\0comeback-lab-lock$lab";
}

sub take_lock {
    my ($id, $owner) = @_;
    if (!$lab_lock) {
        socket my $socket, $AF_UNIX, $SOCK_STREAM | $O_NONBLOCK, 0 or return refuse($id, 'lock-failed', "socket: $!");
        if (!bind $socket, lock_address()) {
            return refuse($id, 'lock-failed', "bind: $!") unless $!{EADDRINUSE};
            # Whoever had it a moment ago may have gone since.
            return ask_holder(sub { reply($id, object(held => '"by-other"', owner => text($_[0] // $SILENT_HOLDER))) });
        }
        listen $socket, 8 or return refuse($id, 'lock-failed', "listen: $!");
        $lab_lock = $socket;
    }
    $lab_owner = $owner;
    return reply($id, object(held => '"by-us"'));
}

# Tells whose lock it is, undef where nobody has it, and leaves it as it is.
sub ask_holder {
    my ($tell) = @_;
    return $tell->($lab_owner) if $lab_lock;
    socket my $socket, $AF_UNIX, $SOCK_STREAM | $O_NONBLOCK, 0 or return $tell->($SILENT_HOLDER);
    connect $socket, lock_address() or return $tell->($!{ECONNREFUSED} ? undef : $SILENT_HOLDER);
    expect_from($socket, $ANSWER_SECONDS, undef, sub {
        my ($said, $how) = @_;
        $tell->($how eq 'answered' && length $said ? $said : $SILENT_HOLDER);
    });
    return;
}

sub answer_lock {
    accept my $asker, $lab_lock or return;
    syswrite $asker, $lab_owner;
    return;
}
