# The loop: requests from stdin, the kernel log, uevents, children, who asks for the lock, and a tick.

my $TICK_SECONDS = 0.04;
# A controller that lost its power says no good-bye. Its client speaks at least every 20 s; without a word for this
# long we are nobody's, and end, even where a write blocks. The lab lock goes with us.
my $SILENCE_SECONDS = 90;

my %expected;    # file number => what is still to be read there
my $requests = '';

sub quit { kill_readers(); exit 0 }

# Collects what comes from a handle, without stopping the loop: so many lines, or where there is no number all until its end.
# Tells what was said and how it was over: 'answered', 'ended' where it ended too early, 'late'. A handle that answered so many
# lines stays open.
sub expect_from {
    my ($handle, $seconds, $lines, $done) = @_;
    $expected{ fileno $handle } = { handle => $handle, until => mono() + $seconds, lines => $lines, done => $done, said => '' };
    return;
}

sub settle {
    my ($number, $how) = @_;
    my $one = delete $expected{$number};
    close $one->{handle} unless defined $one->{lines};
    $one->{done}->($one->{said}, $how);
    return;
}

sub read_expected {
    my ($number) = @_;
    my $one = $expected{$number};
    my $count = sysread $one->{handle}, $one->{said}, 65536, length $one->{said};
    return if !defined $count && ($!{EAGAIN} || $!{EINTR});
    my $lines = $one->{lines};
    if ($count) { settle($number, 'answered') if defined $lines && ($one->{said} =~ tr/\n//) >= $lines }
    else { settle($number, !defined $count ? 'late' : defined $lines ? 'ended' : 'answered') }
    return;
}

sub decoded { my ($word) = @_; $word =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge; return $word }

sub answer {
    my ($id, $verb, @words) = @_;
    if ($verb eq 'ping') { return reply($id, object(samples => $samples)) }
    if ($verb eq 'identity') { return reply($id, identity()) }
    if ($verb eq 'groups') { return reply($id, groups()) }
    if ($verb eq 'tree') { return reply($id, tree()) }
    if ($verb eq 'guests') { return reply($id, guests()) }
    if ($verb eq 'stuck-tasks') { return reply($id, stuck_tasks(pids())) }
    if ($verb eq 'usage') { return reply($id, usage()) }
    if ($verb eq 'readiness' && !grep { !/^$ADDRESS$/ } @words) { return reply($id, readiness(@words)) }
    if ($verb eq 'lock-holder') { return ask_holder(sub { reply($id, object(holder => $_[0] // 'null')) }) }
    if ($verb eq 'give-way' && @words == 1) { return ask_holder(sub { reply($id, object(holder => $_[0] // 'null')) }, decoded($words[0])) }
    if ($verb eq 'oust' && "@words" =~ /^[0-9]+ (?:TERM|KILL)$/) { return oust($id, @words) }
    if ($verb eq 'lock' && @words == 1) { return take_lock($id, decoded($words[0])) }
    if ($verb eq 'watch-vm' && @words == 1) { watch_vm(decoded($words[0])); sample(); return reply($id, '{}') }
    if ($verb eq 'vm-process') { return reply($id, vm_process()) }
    if ($verb eq 'signal-vm' && "@words" =~ /^[0-9]+ [0-9]+ (?:TERM|KILL)$/) { return signal_vm($id, @words) }
    if ($verb eq 'watch' && !grep { !/^$ADDRESS$/ } @words) { watch(@words); sample(); return reply($id, '{}') }
    if ($verb eq 'look') { sample(); return reply($id, '{}') }
    if ($verb eq 'trace-resets') { return start_tracer($id) }
    if ($verb eq 'catch-up') { return catch_up($id) }
    if ($verb eq 'edge' && @words > 2 && "$words[0]$words[1]" =~ /^[0-9]+$/) {
        my ($deadline_ms, $last_told, @functions) = @words;
        return read_edge($id, $deadline_ms / 1000, $last_told, @functions) unless grep { !/^$ADDRESS$/ } @functions;
    }
    return refuse($id, 'bad-request', "cannot make sense of '$verb @words'");
}

sub read_requests {
    my $count = sysread STDIN, $requests, 65536, length $requests;
    return if !defined $count && ($!{EAGAIN} || $!{EINTR});
    quit() if !$count || length $requests > 1_000_000;
    alarm $SILENCE_SECONDS;
    $last_word = mono();
    while ($requests =~ s/^([^\n]*)\n//) {
        my ($id, $verb, @words) = split ' ', $1;
        answer($id, $verb, @words) if defined $verb && $id =~ /^[0-9]+$/;
    }
    return;
}

sub readable_now {
    my ($seconds) = @_;
    my $bits = '';
    vec($bits, $_, 1) = 1 for 0, keys %expected, map { fileno $_ } grep { defined } $uevents, $lab_lock, $tracer, $kmsg_is_device ? $kmsg : undef;
    return select($bits, undef, undef, $seconds) > 0 ? $bits : '';
}

sub run {
    $0 = 'comeback-observer';
    $SIG{CHLD} = 'IGNORE';
    $SIG{HUP} = $SIG{TERM} = $SIG{INT} = \&quit;
    alarm $SILENCE_SECONDS;
    open_kmsg();
    open_uevents();
    emit(
        t => '"hello"', protocol => 1, mono => seconds(mono()), bootId => text(boot_id()), pid => $$,
        kernelLog => $kmsg ? 'true' : 'false',
        uevents => $uevents ? 'true' : 'false',
    );
    my $next_tick = mono();
    my $more = 0;
    while (1) {
        flush_output();
        my $ticking = @watched || defined $pid_file || ($kmsg && !$kmsg_is_device);
        my ($deadline) = sort { $a <=> $b } $ticking ? $next_tick : (), map { $_->{until} } values %expected;
        my $left = defined $deadline ? $deadline - mono() : undef;
        my $bits = readable_now($more ? 0 : defined $left && $left < 0 ? 0 : $left);

        read_requests() if vec $bits, 0, 1;
        my $news = $uevents && vec($bits, fileno $uevents, 1) && read_uevents();
        $more = $kmsg_is_device && ($more || vec $bits, fileno $kmsg, 1) && read_kmsg();
        read_tracer() if $tracer && vec $bits, fileno $tracer, 1;
        answer_lock() if $lab_lock && vec $bits, fileno $lab_lock, 1;
        vec($bits, $_, 1) and read_expected($_) for grep { $expected{$_} } keys %expected;

        my $now = mono();
        $expected{$_}{until} <= $now and settle($_, 'late') for keys %expected;
        if ($news || $ticking && $now >= $next_tick) {
            read_kmsg() if $kmsg && !$kmsg_is_device;
            sample();
            # A host that is so slow that a look takes long keeps two thirds of a core for itself.
            my $done = mono();
            my $rested = $done + 2 * ($done - $now);
            $next_tick += $TICK_SECONDS while $next_tick <= $now;
            $next_tick = $rested if $next_tick < $rested;
        }
    }
    return;
}

run();
