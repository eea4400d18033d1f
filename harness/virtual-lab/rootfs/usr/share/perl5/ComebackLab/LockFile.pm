package ComebackLab::LockFile;
# flock with a time limit and the texts of PVE::Tools::lock_file.

use strict;
use warnings;

# flock operations (fcntl.h).
my ($lock_ex, $lock_nb) = (2, 4);

my %held;

# Runs code while holding an exclusive lock on the file; dies when the lock is not had in time.
sub with_lock {
    my ($file, $timeout_seconds, $code) = @_;

    open(my $fh, '>>', $file) or die "can't lock file '$file' - can't open file - $!\n";
    if (!eval { acquire($fh, $timeout_seconds); 1 }) {
        die "can't lock file '$file' - $@";
    }
    $held{$file} = $fh;
    my $result = eval { $code->() };
    my $error = $@;
    delete $held{$file};
    close($fh);
    die $error if $error;
    return $result;
}

sub acquire {
    my ($fh, $timeout_seconds) = @_;
    return if flock($fh, $lock_ex | $lock_nb);

    print STDERR 'trying to acquire lock...';
    local $SIG{ALRM} = sub { die "got timeout\n" };
    alarm($timeout_seconds);
    my $locked = eval { flock($fh, $lock_ex) };
    my $error = $@;
    alarm(0);
    if ($error) {
        die $error;
    }
    if (!$locked) {
        print STDERR " failed\n";
        die "can't acquire lock - $!\n";
    }
    print STDERR " OK\n";
    return;
}

# A lock belongs to every copy of its file handle: a process that outlives its parent's critical section
# must let go of the handles that it got by fork.
sub release_inherited {
    close($_) for values %held;
    %held = ();
    return;
}

1;
