#!/usr/bin/perl
# The `qm` that a real shell finds on a twin: hands its words to the twin over a socket and gives back output and status.
use strict;
use warnings;
use IO::Socket::UNIX;

my $twin = IO::Socket::UNIX->new(Peer => $ENV{COMEBACK_TWIN_QM}) or die "qm: the twin is gone: $!\n";
print {$twin} join(' ', map { 'x' . unpack('H*', $_) } @ARGV), "\n";
$twin->flush;
$| = 1;
while (my $line = <$twin>) {
    my ($kind, $value) = split ' ', $line;
    exit $value if $kind eq 'exit';
    my $text = pack('H*', substr($value, 1));
    if ($kind eq 'out') { print STDOUT $text } else { print STDERR $text }
}
die "qm: the twin hung up\n";
