package ComebackLab::Qga;
# Commands to the agent in a VM's guest over its socket (PVE::QMPClient, the qga part).

use strict;
use warnings;

use ComebackLab::Json;
use ComebackLab::Process;

# socket.h
my $af_unix = 1;
my $sock_stream = 1;
# What PVE::QMPClient gives a command that has no time of its own.
my $default_timeout_seconds = 5;
my $serial = 0;

# Runs one command; dies as PVE::QMPClient does where nobody answers in time. The answer is the result, or a hash with the
# key "error" where the agent refused. arguments: a hash for ComebackLab::Json::encode.
sub command {
    my ($vmid, $name, $arguments, $timeout_seconds) = @_;
    my $answer = eval { exchange($vmid, $name, $arguments, time() + ($timeout_seconds // $default_timeout_seconds)) };
    die "VM $vmid qmp command '$name' failed - $@" if $@;
    return exists $answer->{return} ? $answer->{return} : { error => $answer->{error} };
}

# guest-sync-delimited first: what is left in the channel of a guest that nobody listened to ends at the byte 0xff.
sub exchange {
    my ($vmid, $name, $arguments, $deadline) = @_;
    my $path = ComebackLab::Process::run_file($vmid, 'qga');
    socket(my $socket, $af_unix, $sock_stream, 0) or die "unable to create socket - $!\n";
    connect($socket, pack('Sa108', $af_unix, $path)) or die "unable to connect to VM $vmid qga socket - $!\n";
    my $id = $$ . '0' . ++$serial;
    local $SIG{PIPE} = 'IGNORE';
    my $lines = ComebackLab::Json::encode({ execute => 'guest-sync-delimited', arguments => { id => \$id } }) . "\n"
        . ComebackLab::Json::encode({ execute => $name, arguments => $arguments // {} }) . "\n";
    syswrite($socket, $lines) // die "unable to write to socket - $!\n";
    my ($received, $answer) = ('');
    until (($answer) = $received =~ /\xff\{"return": $id\}\r?\n([^\n]+)\n/) {
        my $readable = '';
        vec($readable, fileno($socket), 1) = 1;
        my $remaining = $deadline - time();
        die "got timeout\n" if $remaining <= 0 || !select($readable, undef, undef, $remaining);
        sysread($socket, $received, 65536, length $received) or die "client closed connection\n";
    }
    return ComebackLab::Json::decode($answer);
}

1;
