package ComebackLab::Syslog;
# One line to the system log. Sys::Syslog is not in perl-base, and the datagram is one pack away.

use strict;
use warnings;

use constant { AF_UNIX => 1, SOCK_DGRAM => 2, FACILITY_DAEMON => 3 << 3, INFO => 6, ERR => 3 };

# level: 'info' or 'err'. Silent when there is no log daemon.
sub write_line {
    my ($program, $level, $text) = @_;
    chomp $text;
    socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or return;
    my $priority = FACILITY_DAEMON | ($level eq 'err' ? ERR : INFO);
    send($socket, "<$priority>$program\[$$]: $text", 0, pack('Sa108', AF_UNIX, '/dev/log'));
    return;
}

1;
