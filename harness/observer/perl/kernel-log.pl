# /dev/kmsg: one record a read, never blocking (Documentation/ABI/testing/dev-kmsg).

# Big enough for any record: a smaller buffer gets EINVAL (PRINTK_MESSAGE_MAX is 2048, CONSOLE_EXT_LOG_MAX was 8192).
my $RECORD_BYTES = 16384;
my $KMSG = "$ROOT/dev/kmsg";

our $kmsg;
# The device wakes select() when a record is there. Anything else in its place (a file of the twin) is read at every tick.
our $kmsg_is_device = 0;
my $kmsg_rest = '';
my $last_seq;
my $seen_until;    # records up to this one are told already, in a file that was cut down

# What was said before we came is history: it is not streamed.
sub open_kmsg {
    sysopen my $log, $KMSG, $O_NONBLOCK or return;
    sysseek $log, 0, 2;
    $kmsg = $log;
    $kmsg_is_device = -c $kmsg;
    return;
}

# Up to 200 records, so that a flood leaves room for the rest of the loop. Returns true where more may be waiting.
sub read_kmsg {
    for (1 .. 200) {
        my $count = sysread $kmsg, $kmsg_rest, $RECORD_BYTES, length $kmsg_rest;
        if (!defined $count) {
            if ($!{EPIPE}) { emit(t => '"kmsg-gap"', mono => seconds(mono())); next }
            next if $!{EINTR};
            return 0;
        }
        if ($count == 0) { return 0 unless !$kmsg_is_device && cut_down(); next }
        while ($kmsg_rest =~ s/^([^\n]*)\n//) { my $record = record($1); tell_record($record) if $record }
    }
    return 1;
}

sub tell_record {
    my ($record) = @_;
    my $seq = $record->[1];
    if (defined $seen_until) {
        return if $seq <= $seen_until;
        emit(t => '"kmsg-gap"', mono => seconds(mono())) if $seq > $seen_until + 1;
        undef $seen_until;
    }
    $last_seq = $seq;
    emit(t => '"kmsg"', @$record);
    return;
}

# A file in the place of the device may be cut down to its last records: we go on after the last one that we saw.
sub cut_down {
    return 0 if -s $kmsg >= sysseek $kmsg, 0, 1;
    sysseek $kmsg, 0, 0;
    $kmsg_rest = '';
    $seen_until = $last_seq;
    return 1;
}

# "priority,seq,usec,flags;text". A line that begins with a blank belongs to the record's dictionary.
sub record {
    return unless $_[0] =~ /^([0-9]+),([0-9]+),([0-9]+),[^;]*;(.*)$/s;
    my ($priority, $seq, $usec, $said) = ($1, $2, $3, $4);
    $said =~ s/\\x([0-9a-f]{2})/chr hex $1/ge;
    return [seq => $seq, usec => $usec, level => $priority & 7, text => text($said)];
}

# The line that the pcie_acs_override patch prints at boot. No line in a log that begins with record 0 means there was none.
sub acs_override_warning {
    sysopen my $log, $KMSG, $O_NONBLOCK or return 'null';
    return 'null' if -p $log;
    my ($first, $all, $intact) = (undef, '', 1);
    while (1) {
        my $chunk;
        my $count = sysread $log, $chunk, $RECORD_BYTES;
        if (!defined $count && $!{EPIPE}) { $intact = 0; next }
        next if !defined $count && $!{EINTR};
        last if !$count;
        $first //= (split /,/, $chunk)[1];
        return 'true' if "$all$chunk" =~ /Warning: PCIe ACS overrides enabled/;
        $all = substr $chunk, -64;
    }
    return $intact && defined $first && $first == 0 ? 'false' : 'null';
}
