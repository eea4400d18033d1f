package ComebackLab::Root;
# Where the host's files are, and the two ways in which they are read and written.
# COMEBACK_LAB_ROOT moves everything below another directory, for tests with a made-up sysfs.

use strict;
use warnings;

# errno (errno-base.h).
my $eexist = 17;

my $root = $ENV{COMEBACK_LAB_ROOT} // '';

sub path { return "$root$_[0]" }

# The node name of a Proxmox host is its short host name.
sub node_name {
    my $name = read_first_line('/proc/sys/kernel/hostname') // 'localhost';
    $name =~ s/\..*//;
    return $name;
}

# First line of a file without its newline, or undef.
sub read_first_line {
    my ($file) = @_;
    open(my $fh, '<', $file) or return;
    my $line = <$fh>;
    chomp $line if defined $line;
    return $line;
}

# Writes a sysfs attribute as PVE::SysFSTools::file_write does: 1 on success, undef when the file cannot
# be opened, 0 with a warning when the kernel refuses. allow_existing takes EEXIST for success: new_id
# answers it when the id is already in the driver's dynamic table.
sub write_attribute {
    my ($file, $value, $allow_existing) = @_;
    open(my $fh, '>', $file) or return;
    my $written = syswrite($fh, $value);
    my ($error, $exists) = ($!, $! == $eexist);
    close($fh);
    return 1 if defined $written || ($allow_existing && $exists);
    warn "error writing '$value' to '$file': $error\n";
    return 0;
}

# Replaces a file at once, so that no reader sees half of it.
sub replace_file {
    my ($file, $content) = @_;
    my $new = "$file.tmp.$$";
    open(my $fh, '>', $new) or die "unable to open file '$new' - $!\n";
    print $fh $content or die "unable to write '$new' - $!\n";
    close($fh) or die "closing file '$new' failed - $!\n";
    rename($new, $file) or die "close (rename) atomic file '$file' failed: $!\n";
    return;
}

# mkdir -p for the few directories that Proxmox makes at package installation or boot.
sub make_directories {
    my ($directory) = @_;
    my $so_far = '';
    for my $part (split m{/}, $directory) {
        $so_far .= "$part/";
        mkdir $so_far if !-d $so_far;
    }
    return;
}

1;
