using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using MimeKit;

namespace Crm.Institute;

/// <summary>The address of one mailbox. <see cref="Text"/> is its only property, so that Marten can be told that it is a value;
/// the rest is in <see cref="EmailAddressForms"/>.</summary>
[JsonConverter(typeof(EmailAddressConverter))]
public sealed partial record EmailAddress
{
    private const int Longest = 254;
    private const int LongestWrapped = 1000;
    private const int MostOctetsOfLocalPart = 64;
    private const string NotAnAddress = "Enter an email address like name@example.com.";

    private EmailAddress(string text) => Text = text;

    /// <summary>Local part, at sign and domain in lower case, letters of any script as themselves: <c>anjali.nair+cpc@mail.example</c>.
    /// At most 254 characters.</summary>
    public string Text { get; }

    /// <summary>An address as it is stored.</summary>
    /// <exception cref="FormatException">The text is not two parts around an at sign, or is longer than 254 characters.</exception>
    public static EmailAddress FromStored(string text) => text.Length <= Longest && Stored().IsMatch(text)
        ? new EmailAddress(text)
        : throw new FormatException($"“{text}” is not a stored email address.");

    /// <summary>Reads what was typed or pasted, without the name, brackets, <c>mailto:</c> or punctuation around it.</summary>
    /// <returns>An address only if the parser that writes our messages can put it into one.</returns>
    public static EmailReading Read(string? typed)
    {
        var line = Characters.Line(typed ?? "");
        if (line.Length > LongestWrapped) return TooLong(line);
        var text = Unwrapped(Narrow(line));
        if (text.Length == 0) return new EmailReading(null, "Enter an email address.");
        if (text.Length > Longest) return TooLong(text);
        if (SeveralAddresses().IsMatch(text)) return new EmailReading(null, "Enter one email address here.");
        var at = text.LastIndexOf('@');
        if (at < 0 || DomainOf(text[(at + 1)..]) is not { } domain || !IsLocalPart(text[..at]))
            return new EmailReading(null, NotAnAddress);
        var local = text[..at].ToLowerInvariant().Normalize(NormalizationForm.FormC);
        var address = $"{local}@{domain.Shown}";
        var fits = Encoding.UTF8.GetByteCount(local) + 1 + domain.Ascii.Length <= Longest;
        var canBeWritten = MailboxAddress.TryParse(address, out var mailbox) && mailbox.Address == address;
        return fits && canBeWritten ? new EmailReading(new EmailAddress(address), null) : new EmailReading(null, NotAnAddress);
    }

    public override string ToString() => Text;

    // Keyboards of East Asia write ASCII as wide as their own letters: no mail server knows these.
    private static string Narrow(string text) => string.Concat(text.Select(c => c is >= '！' and <= '～' ? (char)(c - '！' + '!') : c));

    private static EmailReading TooLong(string text) => new(null, $"Keep this to {Longest} characters; it has {text.Length}.");

    private static string Unwrapped(string text)
    {
        for (var before = ""; before != text;)
        {
            before = text;
            text = Wrapped().Match(text.TrimStart(' ', ',', ';').TrimEnd(' ', ',', ';', '.')) is { Success: true } wrapped
                ? wrapped.Groups["inside"].Value
                : text.TrimStart(' ', ',', ';').TrimEnd(' ', ',', ';', '.');
            if (text.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase)) text = OfLink(text["mailto:".Length..]);
        }
        return text;
    }

    // A link may go on with ?subject=…; what stands before the at sign is the address's own.
    private static string OfLink(string link)
    {
        var at = Math.Max(link.IndexOf('@'), 0);
        return Uri.UnescapeDataString(link.IndexOf('?', at) is > 0 and var end ? link[..end] : link);
    }

    private static bool IsLocalPart(string text) =>
        text.Split('.').All(atom => Atom().IsMatch(atom)) && Encoding.UTF8.GetByteCount(text) <= MostOctetsOfLocalPart;

    /// <returns>The domain as it is looked up and as it is shown; null for what cannot be one, such as <c>[127.0.0.1]</c> or
    /// <c>-mail.example</c>.</returns>
    internal static (string Ascii, string Shown)? DomainOf(string text)
    {
        try
        {
            var mapping = new IdnMapping { UseStd3AsciiRules = true };
            var ascii = mapping.GetAscii(text.ToLowerInvariant());
            var shown = mapping.GetUnicode(ascii);
            return Domain().IsMatch(ascii) && mapping.GetAscii(shown) == ascii ? (ascii, shown) : null;
        }
        catch (ArgumentException)
        {
            // No domain: whoever asks says so to the person who typed it.
            return null;
        }
    }

    [GeneratedRegex(@"\A[^@\s]+@[^@\s]+\z", RegexOptions.None, 1000)]
    private static partial Regex Stored();

    // Anjali <a@b.example>, "a@b.example", (a@b.example)
    [GeneratedRegex(
        """\A(?:[^<>]*<(?<inside>[^<>]*)>|"(?<inside>[^"]*)"|'(?<inside>[^']*)'|\((?<inside>[^()]*)\))\z""",
        RegexOptions.None, 1000)]
    private static partial Regex Wrapped();

    [GeneratedRegex(@"@[^@]*[\s,;/|][^@]*@", RegexOptions.None, 1000)]
    private static partial Regex SeveralAddresses();

    // What RFC 5322 lets stand between dots without quotes, and letters of all scripts with their marks and joiners (RFC 6531).
    // No "?": in a link to the address it begins the fields of a message.
    [GeneratedRegex(@"\A[\p{L}\p{M}\p{N}\u200C\u200D!#$%&'*+/=^_`{|}~\-]+\z", RegexOptions.None, 1000)]
    private static partial Regex Atom();

    [GeneratedRegex(@"\A(?:[a-z0-9-]{1,63}\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]+)\z", RegexOptions.None, 1000)]
    private static partial Regex Domain();

    private sealed class EmailAddressConverter : TextConverter<EmailAddress>
    {
        protected override EmailAddress FromText(string text) => FromStored(text);

        protected override string TextOf(EmailAddress value) => value.Text;
    }
}

/// <summary>What follows from an email address.</summary>
public static class EmailAddressForms
{
    extension(EmailAddress address)
    {
        /// <summary>Whether only a server that announces SMTPUTF8 can take it: the part before the at sign is not ASCII. The domain
        /// can always be looked up in ASCII.</summary>
        public bool NeedsSmtpUtf8 => !Ascii.IsValid(Local(address));

        /// <summary>The address of a link that opens a mail to this one mailbox, percent-encoded:
        /// <c>mailto:o%27brien@mail.example</c>.</summary>
        public string MailtoHref
        {
            get
            {
                var domain = address.Text[(Local(address).Length + 1)..];
                var host = EmailAddress.DomainOf(domain)?.Ascii ?? Uri.EscapeDataString(domain);
                return $"mailto:{Uri.EscapeDataString(Local(address))}@{host}";
            }
        }
    }

    private static string Local(EmailAddress address) => address.Text[..address.Text.LastIndexOf('@')];
}

/// <summary>What was read where an email address was to be typed: an address, or a problem in words for who typed it.</summary>
public sealed record EmailReading(EmailAddress? Address, string? Problem);
