using System.Globalization;
using System.Net.Mail;
using Crm.Institute;
using PhoneNumbers;

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

    public void Refuse(string field, string message) => _errors.TryAdd(field, message);

    public void Refuse(Refusal violation) => Refuse(violation.Field, violation.Message);

    public static async Task<Form> ReadAsync(HttpRequest request, CancellationToken cancel = default)
    {
        var form = new Form();
        if (!request.HasFormContentType) return form;
        foreach (var (name, values) in await request.ReadFormAsync(cancel)) form._values[name] = values.ToString();
        return form;
    }

    /// <summary>One line of text, without spaces around it.</summary>
    /// <returns>Null where nothing was typed.</returns>
    public string? Text(string field, string label, int max, bool required = false) =>
        Checked(field, this[field].Replace('\n', ' '), label, max, required);

    /// <summary>Text that may have several lines.</summary>
    public string? Lines(string field, string label, int max, bool required = false) => Checked(field, this[field], label, max, required);

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

    public string? Email(string field, bool required = false)
    {
        var text = Text(field, "an email address", 254, required);
        if (text is null) return null;
        if (MailAddress.TryCreate(text, out var address) && address.Address == text && address.Host.Contains('.') && !text.Any(char.IsWhiteSpace))
            return text.ToLowerInvariant();
        Refuse(field, "Enter an email address like name@example.com.");
        return null;
    }

    /// <returns>E.164.</returns>
    public string? Phone(string field, string region)
    {
        var text = Text(field, "a phone number", 40, required: true);
        if (text is null) return null;
        var util = PhoneNumberUtil.GetInstance();
        try
        {
            var number = util.Parse(text, region);
            if (util.IsValidNumber(number)) return util.Format(number, PhoneNumberFormat.E164);
        }
        catch (NumberParseException)
        {
            // Said below, in words for the person who typed it.
        }
        Refuse(field, "Enter a phone number with all its digits, such as 98470 12345; start with + and the country code if it is from abroad.");
        return null;
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
        if (DateOnly.TryParseExact(this[field].Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year is > 2000 and < 2100) return date;
        Refuse(field, $"Choose {label}.");
        return null;
    }

    public TimeOnly? Time(string field, string label)
    {
        if (TimeOnly.TryParse(this[field].Trim(), CultureInfo.InvariantCulture, out var time)) return time;
        Refuse(field, $"Choose {label}.");
        return null;
    }

    private const decimal MostRupees = 10_000_000;

    /// <summary>An amount of rupees, 0 to 1 crore, at most two decimals; grouping commas and ₹ are forgiven.</summary>
    public decimal? Rupees(string field, string label, bool required = true)
    {
        var text = this[field].Replace(",", "").Replace("₹", "").Trim();
        if (text.Length == 0 && !required) return 0;
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) && amount >= 0 && decimal.Round(amount, 2) == amount)
        {
            if (amount <= MostRupees) return amount;
            Refuse(field, $"This is more than {Format.Rupees(MostRupees)}.");
            return null;
        }
        Refuse(field, $"Enter {label} in rupees, such as 35000.");
        return null;
    }

    public int? Whole(string field, string label, int min, int max)
    {
        if (int.TryParse(this[field].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max) return value;
        Refuse(field, $"Enter {label}, from {min} to {max}.");
        return null;
    }
}
