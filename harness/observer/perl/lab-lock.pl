# One controller at a time. The lock is a name in the abstract UNIX namespace: the kernel gives it free when we die,
# however we die, so there is no stale lock to clean up (unix(7)). Whoever connects is told who holds it, and since when; whoever has our
# rights may ask us to give way.

our $lab_lock;
our $last_word = mono();    # of our controller
my ($lab_owner, $lab_since, $lab_since_epoch) = ('', 0, 0);
my ($AF_UNIX, $SOCK_STREAM, $SOL_SOCKET, $SO_PEERCRED, $SHUT_WR) = (1, 1, 1, 17, 1);
my $ANSWER_SECONDS = 2;
# For the last words to a controller that may not read any more.
my $PARTING_SECONDS = 2;
my $SILENT_HOLDER = 'unknown (holder does not answer)';

sub lock_address {
    # Two twins on one machine are two labs. An abstract name holds at most 107 bytes, a path may be longer.
    my $lab = $ROOT eq '' ? '' : '-' . join '-', (stat $ROOT)[0, 1];
    return pack 'Sa*', $AF_UNIX, "\0comeback-lab-lock$lab";
}

# Process and user at the other end, as the kernel knows them; of whoever listens, those of the moment at which it began to (unix(7)).
sub peer { my $credentials = getsockopt $_[0], $SOL_SOCKET, $SO_PEERCRED; return defined $credentials ? unpack 'lLL', $credentials : () }

sub connect_holder {
    socket my $socket, $AF_UNIX, $SOCK_STREAM | $O_NONBLOCK, 0 or return;
    return connect($socket, lock_address()) ? $socket : undef;
}

sub take_lock {
    my ($id, $owner) = @_;
    if (!$lab_lock) {
        socket my $socket, $AF_UNIX, $SOCK_STREAM | $O_NONBLOCK, 0 or return refuse($id, 'lock-failed', "socket: $!");
        if (!bind $socket, lock_address()) {
            return refuse($id, 'lock-failed', "bind: $!") unless $!{EADDRINUSE};
            # Whoever had it a moment ago may have gone since.
            return ask_holder(sub { reply($id, object(held => '"by-other"', holder => $_[0] // holder_json($SILENT_HOLDER))) });
        }
        listen $socket, 8 or return refuse($id, 'lock-failed', "listen: $!");
        $lab_lock = $socket;
        ($lab_since, $lab_since_epoch) = (mono(), time);
    }
    $lab_owner = $owner;
    return reply($id, object(held => '"by-us"'));
}

# @numbers: process, seconds since it has the lock, when that was by the host's clock, seconds since its controller spoke.
sub holder_json {
    my ($owner, @numbers) = @_;
    my ($pid, $held, $since, $silent) = map { defined && /^[0-9]+$/ ? $_ : 'null' } @numbers[0 .. 3];
    return object(owner => text($owner), pid => $pid, heldSeconds => $held, sinceEpoch => $since, silentSeconds => $silent);
}

sub own_holding { return (int(mono() - $lab_since), $lab_since_epoch, int(mono() - $last_word)) }

# Tells as JSON whose lock it is, undef where nobody has it, and leaves it as it is; unless `$give_way` names who wants it.
sub ask_holder {
    my ($tell, $give_way) = @_;
    return $tell->(holder_json($lab_owner, $$, own_holding())) if $lab_lock;
    my $socket = connect_holder() // return $tell->($!{ECONNREFUSED} ? undef : holder_json($SILENT_HOLDER));
    my ($pid) = peer($socket);
    local $SIG{PIPE} = 'IGNORE';
    syswrite $socket, "give-way $give_way" if defined $give_way;
    shutdown $socket, $SHUT_WR;
    expect_from($socket, $ANSWER_SECONDS, undef, sub {
        my ($said, $how) = @_;
        my ($owner, @numbers) = split /\0/, $said;
        $tell->(holder_json($how eq 'answered' && length $said ? $owner : $SILENT_HOLDER, $pid, @numbers));
    });
    return;
}

sub answer_lock {
    accept my $asker, $lab_lock or return;
    # One that has gone meanwhile must not end us.
    local $SIG{PIPE} = 'IGNORE';
    syswrite $asker, join "\0", $lab_owner, own_holding();
    shutdown $asker, $SHUT_WR;
    my (undef, $user) = peer($asker);
    expect_from($asker, $ANSWER_SECONDS, undef, sub {
        my ($said, $how) = @_;
        give_way($1) if $how eq 'answered' && $said =~ /^give-way (.+)$/s && defined $user && ($user == 0 || $user == $>);
    });
    return;
}

# Our controller is told who has the lab now, if it still listens; the lock is free before that.
sub give_way {
    my ($to) = @_;
    close $lab_lock;
    alarm $PARTING_SECONDS;
    emit(t => '"ousted"', mono => seconds(mono()), by => text($to));
    flush_output();
    quit();
    return;
}

# Ends a holder that does not give way: the very process that listens on the lock, and only if it is an observer.
sub oust {
    my ($id, $pid, $name) = @_;
    my $reason = signal_checked($pid, $name, sub {
        my $socket = connect_holder() // return 'nobody holds the lock any more';
        my ($holder) = peer($socket);
        return "process $pid does not hold the lock" if ($holder // 0) != $pid;
        my $command = slurp("/proc/$pid/cmdline") // '';
        return $command =~ /^comeback-observer\b/ ? undef : "process $pid is no observer of comeback: $command";
    });
    return defined $reason ? refuse($id, 'not-ousted', $reason) : reply($id, '{}');
}
