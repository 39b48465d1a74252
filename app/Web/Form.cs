using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Crm.Institute;

namespace Crm.Web;

/// <summary>One field as a page shows it.</summary>
/// <param name="Says">In words, where people read it otherwise than the form sends it, such as the name of what is chosen.</param>
/// <param name="Fact">What it says something of together with other fields, such as a guardian; null where it stands by itself.</param>
public readonly record struct Drawn(string Field, string Value, string? Says = null, string? Fact = null)
{
    public static implicit operator Drawn((string Field, string Value) drawn) => new(drawn.Field, drawn.Value);

    public static implicit operator Drawn((string Field, string Value, string Says) drawn) => new(drawn.Field, drawn.Value, drawn.Says);
}

/// <summary>What was typed into a form and what is wrong with it, so that a refused form is shown again with nothing lost.</summary>
public sealed class Form
{
    /// <summary>The field by which a form in the place of one fact says which that is.</summary>
    public const string Fact = "fact";

    /// <summary>The field that says where to go when the form is taken: also when it was refused before.</summary>
    public const string Return = "return";

    private const string IdField = "formId", Was = "was-";

    // Boxes of one name arrive beside one another, and no one of them holds a line break.
    private const char Several = '\n';

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _errors = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _told = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether it can be carried out: nothing is wrong in it, and nothing is to be looked at first.</summary>
    public bool Ok => _errors.Count == 0 && _told.Count == 0;

    /// <summary>Whether the same form was carried out before, so that nothing more is done.</summary>
    public bool WasSent { get; set; }

    /// <summary>Where the form as a whole was refused, the reason.</summary>
    public string? Problem => Error("");

    public string this[string field]
    {
        get => _values.GetValueOrDefault(field, "");
        set => _values[field] = value;
    }

    /// <summary>The values of all boxes of this name that were ticked.</summary>
    public IReadOnlyList<string> All(string field) => this[field].Split(Several, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether a reason stands beside one of its fields.</summary>
    public bool HasWrongFields => _errors.Keys.Any(name => name.Length > 0);

    /// <summary>What is said of a field that was filled in because somebody asked for it; null where it was not.</summary>
    public string? Told(string field) => _told.GetValueOrDefault(field);

    public string? Error(string field) => _errors.GetValueOrDefault(field);

    /// <summary>What the form carries along unseen: its id, what its fields were drawn as, and where to go then.</summary>
    public IEnumerable<(string Name, string Value)> Carried =>
        _values.Where(v => IsCarried(v.Key)).Select(v => (v.Key, v.Value));

    /// <summary>A form to be filled in, with these values and an id by which sending it twice is known.</summary>
    public static Form Fresh(params IEnumerable<Drawn> values)
    {
        var form = new Form();
        foreach (var drawn in values) form[drawn.Field] = drawn.Value;
        return form.WithId();
    }

    /// <summary>A form that shows what is stored, to be changed: it carries what its fields were drawn as.</summary>
    public static Form Showing(params IEnumerable<Drawn> stored)
    {
        var form = Fresh(stored);
        foreach (var drawn in stored) form[Was + drawn.Field] = drawn.Value;
        return form;
    }

    /// <summary>
    /// Brings together what was drawn, what was typed and what is stored now. A field that was left as it was drawn takes what is
    /// stored, so that a page drawn long ago turns nobody's work back. One that was changed here and elsewhere is refused with what it
    /// is now, and keeps what was typed; so is one whose form does not say what it was drawn as. Sent again, it is taken.
    /// </summary>
    /// <param name="now">As <see cref="Showing"/> would draw it now.</param>
    public void Reconcile(params IEnumerable<Drawn> now)
    {
        foreach (var fact in now.GroupBy(f => f.Fact ?? f.Field))
        {
            var mine = fact.Any(f => !IsAs(f.Field, DrawnAs(f)));
            var theirs = fact.Any(f => DrawnAs(f) is not { } was || !Same(was, f.Value));
            foreach (var field in fact)
            {
                if (!mine) this[field.Field] = field.Value;
                else if (theirs && !IsAs(field.Field, field.Value)) Refuse(field.Field, Changed(field, DrawnAs(field) is not null));
                this[Was + field.Field] = field.Value;
            }
        }
    }

    /// <summary>Fields that a form in the place of one fact did not show stay as they are stored.</summary>
    public void LeaveUnshown(params IEnumerable<Drawn> now)
    {
        if (this[Fact].Length == 0) return;
        foreach (var field in now.Where(f => !_values.ContainsKey(f.Field)))
            this[field.Field] = this[Was + field.Field] = field.Value;
    }

    /// <summary>Notes what the page shows that the form rests on and has no field for.</summary>
    public void Remember(string field, string value) => this[Was + field] = value;

    /// <returns>What the page showed when the form was drawn; null where it does not say.</returns>
    public string? Remembered(string field) => _values.GetValueOrDefault(Was + field);

    private string? DrawnAs(Drawn field) => _values.GetValueOrDefault(Was + field.Field);

    private bool IsAs(string field, string? value) => value is not null && Same(this[field], value);

    private static string Changed(Drawn field, bool knows)
    {
        var now = field.Says ?? field.Value;
        return $"{(knows ? "This was changed meanwhile: it" : "This")} is now “{(now.Length == 0 ? "empty" : now)}”. "
            + "Save again to change it.";
    }

    // Browsers send line breaks in their own way.
    private static bool Same(string one, string other) =>
        string.Equals(one.ReplaceLineEndings("\n").Trim(), other.ReplaceLineEndings("\n").Trim(), StringComparison.Ordinal);

    private static bool IsCarried(string name) => name is IdField or Return || name.StartsWith(Was, StringComparison.Ordinal);

    /// <summary>Gives the form an id where it came without one.</summary>
    public Form WithId()
    {
        if (this[IdField].Length == 0) Renew();
        return this;
    }

    /// <summary>Makes it another form, which is carried out though the one before was.</summary>
    public void Renew() => this[IdField] = Guid.CreateVersion7().ToString();

    /// <summary>The id that came with the form, by which sending it twice is known; null where none did, and where it is one that anybody
    /// can make of what a thing says: by that a form would be taken for what was there before.</summary>
    public Guid? SentId => Guid.TryParse(this[IdField], out var given) && given != Guid.Empty && !DerivedId.Is(given) ? given : null;

    /// <summary>The same, or a new one where none came.</summary>
    public Guid FormId() => SentId ?? Guid.CreateVersion7();

    /// <summary>What was typed, in one value: two forms with the same say the same.</summary>
    public string Content()
    {
        var typed = _values.Where(v => !IsCarried(v.Key) && !v.Key.StartsWith("__", StringComparison.Ordinal) && v.Key != HeldForms.TypedBy)
            .OrderBy(v => v.Key, StringComparer.OrdinalIgnoreCase).SelectMany(v => new[] { v.Key.ToLowerInvariant(), v.Value });
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(typed)));
    }

    /// <summary>What a page says that was drawn before a colleague's change, where no field can say it.</summary>
    public const string Overtaken = "This was changed meanwhile. What you typed is still here: look at it again, then save.";

    /// <summary>What is wrong, in one sentence, where no form is shown.</summary>
    public string FirstError() => Problem ?? _errors.Values.FirstOrDefault() ?? _told.Values.FirstOrDefault() ?? "";

    /// <summary>Shows the form again with a field that was filled in as somebody asked: nothing in it is wrong.</summary>
    public void Tell(string field, string message) => _told[field] = message;

    public void Refuse(string field, string message) => _errors.TryAdd(field, message);

    public void Refuse(Refusal violation) => Refuse(violation.Field, violation.Message);

    public static async Task<Form> ReadAsync(HttpRequest request, CancellationToken cancel = default)
    {
        var form = new Form();
        if (!request.HasFormContentType) return form;
        foreach (var (name, values) in await request.ReadFormAsync(cancel))
            form._values[name] = string.Join(Several, values.AsEnumerable());
        if (HeldForms.WhyShown(request.HttpContext) is { } why) form.Refuse("", why);
        return form;
    }

    /// <summary>Whether nothing was typed that can be seen.</summary>
    public bool IsEmpty(string field) => Characters.Line(this[field]).Length == 0;

    /// <returns>Null where there is none, or one that cannot be read.</returns>
    internal static async Task<Form?> TryReadAsync(HttpRequest request)
    {
        try
        {
            return request.HasFormContentType ? await ReadAsync(request, request.HttpContext.RequestAborted) : null;
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException)
        {
            return null;
        }
    }

    /// <summary>All that came, by the names of the fields.</summary>
    internal IReadOnlyDictionary<string, string> Typed => _values;

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
        if (code is not null
            && !(code.All(c => IsOfWord(c) || c is '-' or '.' or '_') && char.IsLetterOrDigit(code[0]) && IsOfWord(code[^1])))
            Refuse(field, "Use letters and digits, with hyphens, dots and underscores only between them: "
                + "the code stands in addresses and file names.");
        return code;
    }

    // In the scripts of India a vowel after a consonant is a mark.
    private static bool IsOfWord(char c) => char.IsLetterOrDigit(c)
        || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

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

    /// <summary>Name of the hidden field that carries what staff were asked about.</summary>
    public static string AskedAbout(string field) => field + "-asked";

    /// <param name="region">Whose numbers may be typed without a country code.</param>
    /// <param name="ask">Whether a number that looks made up is asked about, as staff can be: sent again, it is taken.</param>
    /// <returns>The number with others that stood beside it, or null where it was refused or there is none.</returns>
    public PhoneReading? Phones(string field, string region, bool required = true, bool ask = false)
    {
        if (Text(field, "a phone number", 120, required) is not { } text) return null;
        var read = PhoneNumber.Read(text, region);
        if (read.Problem is { } problem) Refuse(field, problem);
        // What stands there already was asked about when it was typed.
        if (ask && read is { Unlikely: true, Number: { } number } && this[Was + field] != this[field])
            this.Ask(field, number.E164, $"{number.Grouped} looks made up.", "If it is right, send it again.");
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
        if (!DateOnly.TryParseExact(this[field].Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            Refuse(field, $"Choose {label}.");
        else if (date.Year is > 2000 and < 2100) return date;
        else Refuse(field, $"Choose {label} in the years 2001 to 2099.");
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
