package ComebackLab::Json;
# As much JSON as QMP and the guest agent need; JSON::PP is not in perl-base. true and false become 1 and 0.

use strict;
use warnings;

my %unescaped = (b => "\b", f => "\f", n => "\n", r => "\r", t => "\t");

sub decode {
    my ($text) = @_;
    pos($text) = 0;
    my $value = value(\$text);
    $text =~ /\G\s*/gc;
    die "trailing text after JSON value\n" if pos($text) < length $text;
    return $value;
}

sub value {
    my ($text) = @_;
    $$text =~ /\G\s*/gc;
    return object($text) if $$text =~ /\G\{/gc;
    return array($text) if $$text =~ /\G\[/gc;
    return string($text) if $$text =~ /\G"/gc;
    return 1 if $$text =~ /\Gtrue/gc;
    return 0 if $$text =~ /\Gfalse/gc;
    return undef if $$text =~ /\Gnull/gc;
    return $1 + 0 if $$text =~ /\G(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/gc;
    die 'malformed JSON at offset ' . (pos($$text) // 0) . "\n";
}

sub object {
    my ($text) = @_;
    my %object;
    return \%object if $$text =~ /\G\s*\}/gc;
    while (1) {
        $$text =~ /\G\s*"/gc or die "JSON object key expected\n";
        my $key = string($text);
        $$text =~ /\G\s*:/gc or die "JSON colon expected\n";
        $object{$key} = value($text);
        next if $$text =~ /\G\s*,/gc;
        return \%object if $$text =~ /\G\s*\}/gc;
        die "JSON object not closed\n";
    }
}

sub array {
    my ($text) = @_;
    my @array;
    return \@array if $$text =~ /\G\s*\]/gc;
    while (1) {
        push @array, value($text);
        next if $$text =~ /\G\s*,/gc;
        return \@array if $$text =~ /\G\s*\]/gc;
        die "JSON array not closed\n";
    }
}

sub string {
    my ($text) = @_;
    my $string = '';
    while (1) {
        $string .= $1 if $$text =~ /\G([^"\\]+)/gc;
        return $string if $$text =~ /\G"/gc;
        if ($$text =~ /\G\\u([0-9a-fA-F]{4})/gc) {
            $string .= chr(hex $1);
        } elsif ($$text =~ /\G\\(.)/gc) {
            $string .= $unescaped{$1} // $1;
        } else {
            die "JSON string not closed\n";
        }
    }
}

# A reference to a scalar stands for itself (a number, true, false); every other scalar is a string.
sub encode {
    my ($value) = @_;
    return $$value if ref $value eq 'SCALAR' || ref $value eq 'REF';
    return '[' . join(',', map { encode($_) } @$value) . ']' if ref $value eq 'ARRAY';
    return '{' . join(',', map { quote($_) . ':' . encode($value->{$_}) } sort keys %$value) . '}' if ref $value;
    return quote($value);
}

# As JSON's pretty and canonical print it: what looks like a number is one, as in a value that came out of JSON.
sub pretty {
    my ($value) = @_;
    return pretty_value($value, '') . "\n";
}

sub pretty_value {
    my ($value, $indent) = @_;
    my $inner = "$indent   ";
    if (ref $value eq 'HASH') {
        return '{}' if !%$value;
        my @lines = map { $inner . quote($_) . ' : ' . pretty_value($value->{$_}, $inner) } sort keys %$value;
        return "{\n" . join(",\n", @lines) . "\n$indent}";
    }
    if (ref $value eq 'ARRAY') {
        return '[]' if !@$value;
        return "[\n" . join(",\n", map { $inner . pretty_value($_, $inner) } @$value) . "\n$indent]";
    }
    return 'null' if !defined $value;
    return is_number($value) ? $value : quote($value);
}

# Whether a scalar was made as a number: "and" of two texts is a text again, an empty one here.
sub is_number {
    my ($value) = @_;
    no warnings 'numeric';
    return length('' & $value) > 0;
}

my %escaped = ("\b" => '\b', "\f" => '\f', "\n" => '\n', "\r" => '\r', "\t" => '\t', '"' => '\"', '\\' => '\\\\');

sub quote {
    my ($text) = @_;
    $text =~ s/(["\\\x00-\x1f])/$escaped{$1} || sprintf('\u%04x', ord $1)/ge;
    return qq("$text");
}

1;
