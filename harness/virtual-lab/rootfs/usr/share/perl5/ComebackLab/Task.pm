package ComebackLab::Task;
# Runs code as a Proxmox task in the foreground: a worker process with a UPID, its output copied to the
# caller's stdout and to the task log, its verdict as the log's last line (PVE::RESTEnvironment::fork_worker
# for a caller of type cli). As there, the worker's stderr arrives on the caller's stdout; only the
# verdict of a failed task goes to stderr.

use strict;
use warnings;

use ComebackLab::Process;
use ComebackLab::Root;
use ComebackLab::Syslog;

my $user = 'root@pam';
# x86-64 system call number.
my $sys_setsid = 112;
my $exit_failed = 255;

my $verdict_writer;

# Returns the exit code for the command: 0, or 255 when the task failed. type: qmstart, qmstop, qmshutdown.
sub run {
    my ($type, $vmid, $code) = @_;
    my $started_at = time();
    pipe(my $output, my $output_writer) or die "unable to create pipe - $!\n";
    pipe(my $verdict, $verdict_writer) or die "unable to create pipe - $!\n";
    pipe(my $go, my $go_writer) or die "unable to create pipe - $!\n";

    local @SIG{qw(INT QUIT PIPE TERM)} = ('IGNORE') x 4;
    my $pid = fork() // die "unable to fork worker - $!\n";
    my $worker = $pid || $$;
    my $upid = sprintf('UPID:%s:%08X:%08X:%08X:%s:%s:%s:', ComebackLab::Root::node_name(), $worker,
        ComebackLab::Process::start_ticks($worker), $started_at, $type, $vmid, $user);

    if (!$pid) {
        close($_) for $output, $verdict, $go_writer;
        work($upid, $code, $output_writer, $go);
        exit(0);
    }
    close($_) for $output_writer, $verdict_writer, $go;

    my $log = open_log($upid, $started_at);
    syswrite($go_writer, 'OK');
    close($go_writer);
    ComebackLab::Syslog::write_line('qm', 'info', '<' . $user . "> starting task $upid");
    my $result = tee($pid, $output, $verdict, $log);
    kill('TERM', -$pid);
    waitpid($pid, 0);
    my $ok = $result =~ /^(?:OK|WARNINGS: \d+)$/;
    ComebackLab::Syslog::write_line('qm', $ok ? 'info' : 'err', '<' . $user . "> end task $upid $result");
    return $ok ? 0 : $exit_failed;
}

sub open_log {
    my ($upid, $started_at) = @_;
    my $directory = ComebackLab::Root::path('/var/log/pve/tasks/' . substr(sprintf('%08X', $started_at), -1));
    ComebackLab::Root::make_directories($directory);
    open(my $log, '>', "$directory/$upid") or die "unable to create task log - $!\n";
    select((select($log), $| = 1)[0]);
    return $log;
}

sub work {
    my ($upid, $code, $output_writer, $go) = @_;
    $0 = "task $upid";
    @SIG{qw(INT QUIT TERM)} = (sub { die "received interrupt\n" }) x 3;
    @SIG{qw(CHLD PIPE)} = ('DEFAULT') x 2;
    syscall($sys_setsid);
    open(STDOUT, '>&', $output_writer) or die "unable to redirect STDOUT - $!";
    open(STDERR, '>&', \*STDOUT) or die "unable to redirect STDERR - $!";
    close($output_writer);

    my $failed = !eval {
        sysread($go, my $answer, 2);
        die "parent setup error\n" if ($answer // '') ne 'OK';
        $code->($upid);
        1;
    };
    my $message = 'TASK OK';
    if ($failed) {
        chomp(my $error = $@);
        $error =~ s/\n/ /g;
        ComebackLab::Syslog::write_line('qm', 'err', $error);
        $message = "TASK ERROR: $error";
    }
    syswrite($verdict_writer, "$message\n");
    return;
}

# Copies until the worker gives its verdict; returns the verdict without "TASK ".
sub tee {
    my ($pid, $output, $verdict, $log) = @_;
    my $message = '';
    my $copied = eval {
        my $interrupts = 0;
        local @SIG{qw(INT QUIT TERM)} = (sub { kill($interrupts++ < 3 ? 'TERM' : 'KILL', -$pid) }) x 3;
        local $SIG{PIPE} = sub { die "broken pipe\n" };
        copy_output($output, $verdict, $log);
        sysread($verdict, $message, 65536) // die "sync pipe read error: $!\n";
        die "got unexpected control message: $message\n" if $message !~ s/^TASK (.+)\n\z/$1/;
        1;
    };
    if (!$copied) {
        (my $error = $@) =~ s/\n/ /g;
        print STDERR "$error\n";
        print $log "TASK ERROR: $error\n";
        return $error;
    }
    if ($message =~ s/^ERROR: //) {
        print STDERR "$message\n";
        print $log "\nTASK ERROR: $message\n";
    } else {
        print $log "TASK $message\n";
    }
    return $message;
}

sub copy_output {
    my ($output, $verdict, $log) = @_;
    my ($output_bit, $verdict_bit) = ('', '');
    vec($output_bit, fileno($output), 1) = 1;
    vec($verdict_bit, fileno($verdict), 1) = 1;
    my $finished = 0;
    while (1) {
        my $ready = select(my $readable = $output_bit | $verdict_bit, undef, undef, $finished ? 0 : undef);
        next if $ready < 0;
        # The verdict comes after all output, so one more pass over what is in the pipe completes the log.
        $finished = 1 if vec($readable, fileno($verdict), 1);
        if (vec($readable, fileno($output), 1)) {
            my $count = sysread($output, my $buffer, 4096) // die "sync pipe read error: $!\n";
            return if !$count;
            print $buffer;
            print $log $buffer;
        } elsif ($finished) {
            return;
        }
    }
}

# For a process that outlives the worker: the caller must not wait for it.
sub leave {
    close($verdict_writer);
    syscall($sys_setsid);
    open(STDIN, '<', '/dev/null');
    open(STDOUT, '>', '/dev/null');
    open(STDERR, '>', '/dev/null');
    @SIG{qw(INT QUIT TERM)} = ('DEFAULT') x 3;
    return;
}

1;
