package ComebackLab::Json;
# As much JSON as QMP needs; JSON::PP is not in perl-base. true and false become 1 and 0.

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

1;
