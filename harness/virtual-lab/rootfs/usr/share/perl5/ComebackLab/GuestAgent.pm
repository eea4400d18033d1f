package ComebackLab::GuestAgent;
# qm guest cmd, qm guest exec and qm guest exec-status (PVE::CLI::qm, PVE::QemuServer::Agent).

use strict;
use warnings;

use ComebackLab::Json;
use ComebackLab::Process;
use ComebackLab::Qga;
use ComebackLab::VmConfig;

my $ping_timeout_seconds = 3;
my $exec_timeout_seconds = 30;
# Proxmox looks once a second.
my $poll_seconds = 0.2;
my $input_limit = 1024 * 1024;

sub command {
    my ($vmid, $options, $name) = @_;
    print_result(agent_command($vmid, $name, {}));
    return 0;
}

sub exec_status {
    my ($vmid, $options, $pid) = @_;
    print_result(status_of($vmid, $pid));
    return 0;
}

# Ends with 0 whatever the program in the guest ended with.
sub execute {
    my ($vmid, $options, @words) = @_;
    my $synchronous = $options->{synchronous} // 1;
    die "400 Parameter verification failed.\nsynchronous: needs to be set for 'timeout'\n"
        if defined $options->{timeout} && !$synchronous;
    my %arguments = ('capture-output' => \'true');
    $arguments{'input-data'} = encode_base64(standard_input()) if $options->{'pass-stdin'};
    ComebackLab::VmConfig::load($vmid);
    if (@words) {
        $arguments{path} = shift @words;
        $arguments{arg} = \@words;
    }
    die "command or input-data (or both) required\n" if !defined $arguments{path} && !defined $arguments{'input-data'};
    my $result = agent_command($vmid, 'exec', \%arguments);
    if ($synchronous) {
        my $timeout = $options->{timeout} // $exec_timeout_seconds;
        my $started = time();
        my $pid = $result->{pid};
        while ($timeout == 0 || time() - $started < $timeout) {
            my $status = status_of($vmid, $pid);
            if ($status->{exited}) {
                $result = $status;
                last;
            }
            select(undef, undef, undef, $poll_seconds);
        }
        warn "timeout reached, returning pid\n" if !$result->{exited};
    }
    print_result($result);
    return 0;
}

sub status_of {
    my ($vmid, $pid) = @_;
    my $status = agent_command($vmid, 'exec-status', { pid => \$pid });
    for my $key (grep { $status->{$_} } qw(out-data err-data)) {
        $status->{$key} = decode_base64($status->{$key});
    }
    return $status;
}

sub agent_command {
    my ($vmid, $name, $arguments) = @_;
    my $config = ComebackLab::VmConfig::load($vmid);
    die "No QEMU guest agent configured\n" if !defined $config->{agent};
    die "VM $vmid is not running\n" if !ComebackLab::Process::running_pid($vmid);
    die "QEMU guest agent is not running\n"
        if !eval { ComebackLab::Qga::command($vmid, 'guest-ping', {}, $ping_timeout_seconds); 1 };
    my $result = ComebackLab::Qga::command($vmid, "guest-$name", $arguments);
    die "Agent error: $result->{error}{desc}\n" if ref $result eq 'HASH' && $result->{error};
    return $result;
}

# An empty answer, as of a ping, prints nothing.
sub print_result {
    my ($result) = @_;
    return if !defined $result || (ref $result eq 'HASH' && !%$result);
    print ref $result ? ComebackLab::Json::pretty($result) : "$result\n";
    return;
}

sub standard_input {
    local $/;
    my $text = <STDIN> // '';
    die "'input-data' (STDIN) is limited to 1 MiB, aborting\n" if length $text > $input_limit;
    return $text;
}

# MIME::Base64 would have to be loaded; pack's uuencoding is the same with other letters.
sub encode_base64 {
    my ($text) = @_;
    my $encoded = pack('u', $text);
    $encoded =~ s/^.//mg;
    $encoded =~ tr/` -_\n/AA-Za-z0-9+\//d;
    substr($encoded, -$_) = '=' x $_ for grep { $_ } (3 - length($text) % 3) % 3;
    return $encoded;
}

sub decode_base64 {
    my ($encoded) = @_;
    $encoded =~ tr{A-Za-z0-9+/}{}cd;
    $encoded =~ tr{A-Za-z0-9+/}{ -_};
    my $decoded = '';
    while ($encoded =~ /(.{1,60})/gs) {
        $decoded .= unpack('u', chr(32 + int(length($1) * 3 / 4)) . $1);
    }
    return $decoded;
}

1;
