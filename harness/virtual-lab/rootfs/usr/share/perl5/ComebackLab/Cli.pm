package ComebackLab::Cli;
# Command table, options and usage texts (PVE::CLIHandler, PVE::JSONSchema::get_options).

use strict;
use warnings;

my $usage_error = 255;
my $vmid_min = 100;
my $vmid_max = 999_999_999;

my %skiplock = (skiplock => 'boolean');
my %ending = (%skiplock, timeout => 'integer', keepActive => 'boolean');

# Each command: the module that does it, its function there, whether it takes a VM, its options.
my %commands = (
    config => { module => 'Show', code => 'config', vm => 1, options => { current => 'boolean' } },
    'guest cmd' => { module => 'GuestAgent', code => 'command', vm => 1, words => ['command'], options => {} },
    'guest exec' => {
        module => 'GuestAgent', code => 'execute', vm => 1, words => undef,
        options => { synchronous => 'boolean', timeout => 'integer', 'pass-stdin' => 'boolean' },
    },
    'guest exec-status' => { module => 'GuestAgent', code => 'exec_status', vm => 1, words => ['pid'], options => {} },
    help => { vm => 0, options => { verbose => 'boolean' } },
    list => { module => 'Status', code => 'list', vm => 0, options => { full => 'boolean' } },
    showcmd => { module => 'Show', code => 'showcmd', vm => 1, options => { pretty => 'boolean' } },
    shutdown => { module => 'Stop', code => 'shutdown', vm => 1, options => { %ending, forceStop => 'boolean' } },
    start => { module => 'Start', code => 'run', vm => 1, options => { %skiplock, timeout => 'integer' } },
    status => { module => 'Status', code => 'status', vm => 1, options => { verbose => 'boolean' } },
    stop => { module => 'Stop', code => 'stop', vm => 1, options => { %ending, 'overrule-shutdown' => 'boolean' } },
    unlock => { module => 'VmConfig', code => 'unlock', vm => 1, options => {} },
);

# Returns the exit code. An error that reaches this level has the exit code that Perl's die would give it:
# the errno of its cause (2 for a missing configuration), else 255.
sub main {
    my ($name, @arguments) = @_;
    return abort('no command specified') if !defined $name;
    $name = 'guest cmd' if $name eq 'agent';
    $name .= ' ' . shift @arguments if $name eq 'guest' && @arguments;
    my $command = resolve($name);
    return abort("unknown command 'qm $name'") if !$command;
    return help(@arguments) if $command eq 'help';

    my ($vmid, $options, $problem, @words) = parse($commands{$command}, @arguments);
    if (defined $problem) {
        print STDERR "$problem\n" . usage_line($command);
        return $usage_error;
    }
    my $definition = $commands{$command};
    require "ComebackLab/$definition->{module}.pm";
    my $code = "ComebackLab::$definition->{module}"->can($definition->{code});
    my $status = eval { $! = 0; $code->($vmid, $options, @words) };
    if (!defined $status) {
        my $errno = $! + 0;
        print STDERR $@;
        return $@ =~ /^Configuration file / ? $errno || $usage_error : $usage_error;
    }
    return $status;
}

# A command may be shortened to any prefix that fits one command only.
sub resolve {
    my ($name) = @_;
    return $name if $commands{$name};
    my @fitting = grep { /^\Q$name\E/ } keys %commands;
    return @fitting == 1 ? $fitting[0] : undef;
}

# (vmid, options) or (undef, undef, problem).
sub parse {
    my ($definition, @arguments) = @_;
    my (%options, @positional);
    while (defined(my $argument = shift @arguments)) {
        if ($argument eq '--') {
            push @positional, @arguments;
            last;
        }
        if ($argument !~ /^--?([A-Za-z][\w-]*)(?:=(.*))?$/) {
            push @positional, $argument;
            next;
        }
        my ($given, $value) = ($1, $2);
        my @fitting = grep { /^\Q$given\E/i } keys %{ $definition->{options} };
        @fitting = ($given) if $definition->{options}{$given};
        if (@fitting != 1) {
            print STDERR @fitting ? "Option $given is ambiguous (" . join(', ', sort @fitting) . ")\n"
                : "Unknown option: $given\n";
            return (undef, undef, '400 unable to parse option');
        }
        my ($option) = @fitting;
        if (!defined $value && @arguments && $arguments[0] !~ /^-/
            && ($definition->{options}{$option} eq 'integer' || boolean($arguments[0]) ne '')) {
            $value = shift @arguments;
        }
        my ($parsed, $problem) = option_value($definition->{options}{$option}, $value);
        return invalid($option, $problem) if defined $problem;
        $options{$option} = $parsed;
    }
    my $vmid = $definition->{vm} ? shift @positional : undef;
    return (undef, undef, '400 not enough arguments') if $definition->{vm} && !defined $vmid;
    my @words = @positional;
    if (exists $definition->{words}) {
        my $wanted = $definition->{words} // \@words;
        return (undef, undef, '400 not enough arguments') if @words < @$wanted;
        @positional = @words[ scalar(@$wanted) .. $#words ];
    }
    return (undef, undef, '400 too many arguments') if @positional;
    return (undef, \%options) if !$definition->{vm};
    return invalid(vmid => "type check ('integer') failed - got '$vmid'") if $vmid !~ /^-?\d+$/;
    return invalid(vmid => 'value must have a minimum value of ' . $vmid_min) if $vmid < $vmid_min;
    return invalid(vmid => 'value must have a maximum value of ' . $vmid_max) if $vmid > $vmid_max;
    return ($vmid + 0, \%options, undef, @words);
}

# '' when the text is no boolean at all.
sub boolean {
    my ($text) = @_;
    return 1 if $text =~ /^(?:1|on|yes|true)$/i;
    return 0 if $text =~ /^(?:0|off|no|false)$/i;
    return '';
}

sub option_value {
    my ($type, $value) = @_;
    if ($type eq 'boolean') {
        return 1 if !defined $value;
        my $parsed = boolean($value);
        return $parsed ne '' ? $parsed : (undef, "type check ('boolean') failed - got '$value'");
    }
    return (undef, "type check ('integer') failed - got '" . ($value // '') . q(')) if ($value // '') !~ /^-?\d+$/;
    return (undef, 'value must have a minimum value of 0') if $value < 0;
    return $value + 0;
}

sub invalid {
    my ($property, $problem) = @_;
    return (undef, undef, "400 Parameter verification failed.\n$property: $problem");
}

sub usage_line {
    my ($command) = @_;
    my $definition = $commands{$command};
    my $arguments = $definition->{vm} ? '<vmid>' : $command eq 'help' ? '[<extra-args>]' : '';
    $arguments .= join '', map { " <$_>" } @{ $definition->{words} } if $definition->{words};
    $arguments .= ' [<extra-args>]' if exists $definition->{words} && !$definition->{words};
    return "qm $command $arguments [OPTIONS]\n";
}

sub usage {
    return "USAGE: qm <COMMAND> [ARGS] [OPTIONS]\n\n" . join '', map { '       ' . usage_line($_) } sort keys %commands;
}

sub abort {
    my ($reason) = @_;
    print STDERR "ERROR: $reason\n" . usage();
    return $usage_error;
}

sub help {
    my @names = grep { !/^-/ } @_;
    if (!@names) {
        print usage();
        return 0;
    }
    my $command = resolve($names[0]);
    return abort("unknown command '$names[0]'") if !$command;
    print 'USAGE: ' . usage_line($command) . "\n";
    return 0;
}

1;
