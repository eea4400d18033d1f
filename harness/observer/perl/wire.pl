# The observer runs on the lab host. It is never installed: the client sends these files, joined in the order of
# source.ts, over the SSH channel. Only modules of perl-base (essential on Debian and Proxmox) and no POSIX, no
# Time::HiRes: what they would cost in start-up time is more than what they do here.
use strict;
use warnings;
use Config;

# The twin of a lab host lives in a directory of its own and names it here; on a real host this is empty.
our $ROOT = $ENV{COMEBACK_ROOT} // '';
our $PCI = "$ROOT/sys/bus/pci/devices";
our $ADDRESS = qr/[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/;

# --- system calls that perl-base has no function for (arch/*/include/generated/asm/syscalls_*.h) ---
our $MACHINE = $Config{archname} =~ /^(x86_64|aarch64)/ ? $1 : '';
my $CLOCK_GETTIME = { x86_64 => 228, aarch64 => 113 }->{$MACHINE};
our $O_NONBLOCK = 2048;
our $PRCTL = { x86_64 => 157, aarch64 => 167 }->{$MACHINE};
our ($PR_SET_PDEATHSIG, $SIGKILL, $SIGTERM) = (1, 9, 15);

# CLOCK_MONOTONIC in seconds. Where the call's number is unknown: /proc/uptime, which also counts suspended time.
sub mono {
    if ($CLOCK_GETTIME) {
        my $timespec = pack 'q2', 0, 0;
        if (syscall($CLOCK_GETTIME, 1, $timespec) == 0) {
            my ($seconds, $nanoseconds) = unpack 'q2', $timespec;
            return $seconds + $nanoseconds / 1e9;
        }
    }
    return (split ' ', slurp("$ROOT/proc/uptime") // '0')[0];
}

# --- JSON: each function returns JSON text, so that a number never turns into a string by accident ---
my $UTF8 = qr/[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}
    |\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}/x;
my %SHORT = ("\n" => '\n', "\t" => '\t', '"' => '\"', '\\' => '\\\\');

# Text from sysfs or the kernel log may be any bytes: what is no UTF-8 becomes U+FFFD.
sub text {
    my ($bytes) = @_;
    return 'null' unless defined $bytes;
    $bytes =~ s/($UTF8)|./defined $1 ? $1 : "\xef\xbf\xbd"/gse if $bytes =~ /[\x80-\xff]/;
    $bytes =~ s/([\x00-\x1f"\\\x7f])/$SHORT{$1} || sprintf '\u%04x', ord $1/ge;
    return "\"$bytes\"";
}

sub integer { return defined $_[0] && $_[0] =~ /^\s*(-?[0-9]+)\s*$/ ? $1 + 0 : 'null' }
sub seconds { return sprintf '%.6f', $_[0] }
sub list { return '[' . join(',', @_) . ']' }
sub object {
    my $json = '';
    for (my $at = 0; $at < @_; $at += 2) { $json .= ",\"$_[$at]\":$_[$at + 1]" }
    return '{' . ($json eq '' ? '' : substr $json, 1) . '}';
}

# --- output: collected, written once per turn of the loop ---
our $out = '';
sub emit { $out .= object(@_) . "\n"; flush_output() if length $out > 65536; return }

# A reader that is gone ends us: SIGPIPE kills, and any other failure quits.
sub flush_output {
    while (length $out) {
        my $written = syswrite STDOUT, $out;
        if (defined $written) { substr $out, 0, $written, '' }
        elsif ($!{EAGAIN}) { my $writable = ''; vec($writable, 1, 1) = 1; select undef, $writable, undef, undef }
        elsif (!$!{EINTR}) { quit() }
    }
    return;
}

sub reply { my ($id, $result) = @_; emit(t => '"reply"', id => $id, mono => seconds(mono()), ok => 'true', result => $result); return }
sub refuse {
    my ($id, $error, $message) = @_;
    emit(t => '"reply"', id => $id, mono => seconds(mono()), ok => 'false', error => text($error), message => text($message));
    return;
}

# --- files ---
# At most 64 KiB, without the last newline; undef where it cannot be read.
sub slurp {
    my ($path) = @_;
    sysopen my $file, $path, 0 or return;
    my $content = '';
    while (1) {
        my $count = sysread $file, $content, 65536, length $content;
        return unless defined $count;
        last if $count == 0 || length $content >= 65536;
    }
    chomp $content;
    return $content;
}

sub entries {
    my ($path) = @_;
    opendir my $directory, $path or return;
    return sort grep { !/^\./ } readdir $directory;
}

# Last component of a symbolic link's target; undef where there is no link.
sub link_name { return last_of(scalar readlink $_[0]) }

sub last_of { return defined $_[0] && $_[0] =~ m{([^/]+)$} ? $1 : undef }

# Where a link of /sys points, as an absolute path of the host.
sub device_path {
    my ($path) = @_;
    my $target = readlink $path;
    $path =~ s/^\Q$ROOT\E//;
    return $path unless defined $target;
    $target =~ s{^(?:\.\./)+}{/sys/};
    return $target;
}
