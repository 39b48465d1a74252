using System.Globalization;
using Crm.Institute;

namespace Crm.Web;

/// <summary>What was typed into a form and what is wrong with it, so that a refused form is shown again with nothing lost.</summary>
public sealed class Form
{
    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _errors = new(StringComparer.OrdinalIgnoreCase);

    public bool Ok => _errors.Count == 0;

    /// <summary>Where the form as a whole was refused, the reason.</summary>
    public string? Problem => Error("");

    public string this[string field]
    {
        get => _values.GetValueOrDefault(field, "");
        set => _values[field] = value;
    }

    public string? Error(string field) => _errors.GetValueOrDefault(field);

    /// <summary>A form to be filled in, with these values and an id by which sending it twice is known.</summary>
    public static Form Fresh(params IEnumerable<(string Field, string Value)> values)
    {
        var form = new Form();
        foreach (var (field, value) in values) form[field] = value;
        return form.WithId();
    }

    /// <summary>Gives the form an id where it came without one.</summary>
    public Form WithId()
    {
        if (this["formId"].Length == 0) this["formId"] = Guid.CreateVersion7().ToString();
        return this;
    }

    /// <summary>The id that came with the form, by which sending it twice is known; a new one where none did.</summary>
    public Guid FormId() => Guid.TryParse(this["formId"], out var given) && given != Guid.Empty ? given : Guid.CreateVersion7();

    /// <summary>What a form says whose page was drawn before a colleague's change.</summary>
    public const string Overtaken = "A colleague changed this meanwhile. What you typed is still here: look at it again, then save.";

    /// <summary>Whether the page that this form stood on was drawn from another version.</summary>
    public bool IsOvertaken(Guid version) => this["version"].Length > 0 && this["version"] != version.ToString();

    /// <summary>What is wrong, in one sentence, where no form is shown.</summary>
    public string FirstError() => Problem ?? _errors.Values.FirstOrDefault() ?? "";

    public void Refuse(string field, string message) => _errors.TryAdd(field, message);

    public void Refuse(Refusal violation) => Refuse(violation.Field, violation.Message);

    public static async Task<Form> ReadAsync(HttpRequest request, CancellationToken cancel = default)
    {
        var form = new Form();
        if (!request.HasFormContentType) return form;
        foreach (var (name, values) in await request.ReadFormAsync(cancel)) form._values[name] = values.ToString();
        return form;
    }

    /// <summary>Whether nothing was typed that can be seen.</summary>
    public bool IsEmpty(string field) => Characters.Line(this[field]).Length == 0;

    /// <summary>One line of text, single spaces inside and none around it, without what cannot be seen.</summary>
    /// <returns>Null where nothing was typed.</returns>
    public string? Text(string field, string label, int max, bool required = false) =>
        Checked(field, Characters.Line(this[field]), label, max, required);

    // Windows opens a device, and no file, under these names and under each that begins with one of them and a point.
    private static readonly HashSet<string> Devices =
    [
        "CON", "PRN", "AUX", "NUL", .. Enumerable.Range(0, 10).SelectMany(i => new[] { $"COM{i}", $"LPT{i}" }),
    ];

    /// <summary>A short code in capitals, such as CPC-2701: it stands in addresses, file names and sheets.</summary>
    public string? Code(string field, int max)
    {
        // Letters and digits of other widths and scripts look alike, and would make two codes of one.
        var code = Checked(field, Characters.Plain(this[field]), "a code", max, required: true)?.ToUpperInvariant();
        if (code is not null && Devices.Contains(code.Split('.')[0]))
            Refuse(field, "Choose another code: no file can have this name on Windows.");
        // A point or hyphen at an end is a folder, a hidden file or a formula to somebody.
        if (code is not null && !(code.All(c => char.IsLetterOrDigit(c) || c is '-' or '.' or '_')
            && char.IsLetterOrDigit(code[0]) && char.IsLetterOrDigit(code[^1])))
            Refuse(field, "Use letters and digits, with hyphens, dots and underscores only between them: "
                + "the code stands in addresses and file names.");
        return code;
    }

    /// <summary>Text that may have several lines.</summary>
    public string? Lines(string field, string label, int max, bool required = false) =>
        Checked(field, IsEmpty(field) ? "" : this[field], label, max, required);

    private string? Checked(string field, string typed, string label, int max, bool required)
    {
        // PostgreSQL's text holds no NUL, and other control characters are never meant.
        var text = new string([.. typed.Where(c => !char.IsControl(c) || c is '\n')]).Trim();
        if (text.Length == 0)
        {
            if (required) Refuse(field, $"Enter {label}.");
            return null;
        }
        if (text.Length > max) Refuse(field, $"Keep this to {max} characters; it has {text.Length}.");
        return text;
    }

    public EmailAddress? Email(string field, bool required = false)
    {
        if (Text(field, "an email address", 300, required) is not { } text) return null;
        var read = EmailAddress.Read(text);
        if (read.Problem is { } problem) Refuse(field, problem);
        return read.Address;
    }

    /// <param name="label">What is asked for, such as "your name".</param>
    public PersonName? Name(string field, string label)
    {
        var read = PersonName.Read(this[field], label: label);
        if (read.Problem is { } problem) Refuse(field, problem);
        return read.Name;
    }

    /// <summary>Name of the hidden field that carries the number that staff were asked about.</summary>
    public static string AskedAbout(string field) => field + "-asked";

    /// <param name="region">Whose numbers may be typed without a country code.</param>
    /// <param name="ask">Whether a number that looks made up is asked about, as staff can be: sent again, it is taken.</param>
    /// <returns>The number with others that stood beside it, or null where it was refused or there is none.</returns>
    public PhoneReading? Phones(string field, string region, bool required = true, bool ask = false)
    {
        if (Text(field, "a phone number", 120, required) is not { } text) return null;
        var read = PhoneNumber.Read(text, region);
        if (read.Problem is { } problem) Refuse(field, problem);
        if (ask && read is { Unlikely: true, Number: { } number } && this[AskedAbout(field)] != number.E164)
        {
            this[AskedAbout(field)] = number.E164;
            Refuse(field, $"{number.Grouped} looks made up. If it is right, send it again.");
        }
        return read.Number is null ? null : read;
    }

    /// <summary>One number, where a second could not be kept.</summary>
    public PhoneNumber? Phone(string field, string region, bool required = true, bool ask = false)
    {
        if (Phones(field, region, required, ask) is not { } read) return null;
        if (read.OnlyOne().Problem is { } problem) Refuse(field, problem);
        return read.Number;
    }

    public T? Choice<T>(string field, string label) where T : struct, Enum
    {
        if (Enum.TryParse<T>(this[field], ignoreCase: true, out var value) && Enum.IsDefined(value)) return value;
        Refuse(field, $"Choose {label}.");
        return null;
    }

    public Guid? Id(string field, string label)
    {
        if (Guid.TryParse(this[field], out var id) && id != Guid.Empty) return id;
        Refuse(field, $"Choose {label}.");
        return null;
    }

    public DateOnly? Date(string field, string label)
    {
        if (DateOnly.TryParseExact(this[field].Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            && date.Year is > 2000 and < 2100)
            return date;
        Refuse(field, $"Choose {label}.");
        return null;
    }

    public TimeOnly? Time(string field, string label)
    {
        if (TimeOnly.TryParse(this[field].Trim(), CultureInfo.InvariantCulture, out var time)) return time;
        Refuse(field, $"Choose {label}.");
        return null;
    }

    /// <summary>An amount from nothing to a hundred thousand hundreds, which is more than any course costs.</summary>
    public static readonly Money MostMoney = Money.FromRupees(10_000_000);

    /// <param name="label">What is asked for, such as "the fee".</param>
    /// <returns>Nothing typed where that is allowed is an amount of zero.</returns>
    public Money? Amount(string field, string label, MoneyStyle style, bool required = true)
    {
        if (!required && IsEmpty(field)) return Money.Zero;
        var read = style.Read(this[field], label, MostMoney);
        if (read.Problem is { } problem) Refuse(field, problem);
        return read.Amount;
    }

    public int? Whole(string field, string label, int min, int max)
    {
        if (int.TryParse(Characters.Plain(this[field]), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= min && value <= max)
            return value;
        Refuse(field, $"Enter {label}, from {min} to {max}.");
        return null;
    }
}
