using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Crm.Institute;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.Features;

namespace Crm.Web;

/// <summary>A form that was sent when its sender was signed out.</summary>
/// <param name="By">Who had typed it: nobody else gets to see it.</param>
/// <param name="Action">Where it was sent to.</param>
/// <param name="Query">What the address of its page said, such as the list that is gone through; empty for nothing.</param>
/// <param name="Checked">Whether it had come from our own page, and only waited for its sender to prove who they are.</param>
public sealed record HeldForm(Guid By, string Action, string Query, Dictionary<string, string> Fields, bool Checked = false)
{
    /// <summary>Where it is shown again.</summary>
    public string Address => Action + Query;
}

/// <summary>
/// Keeps what was typed while a session ran out. It lies sealed in the sign-in page, which its browser sends back, and nowhere else;
/// who has signed in is shown the form as it was, to look at and to send. Nothing is carried out on the way.
/// </summary>
public sealed class HeldForms(IDataProtectionProvider protection)
{
    /// <summary>The field of the sign-in page in which the sealed form lies.</summary>
    public const string Field = "held";

    /// <summary>The field by which each form of staff says who had it open.</summary>
    public const string TypedBy = "typedBy";

    // Sealed, it is a third longer, and goes back in a form of the ordinary size.
    private const int Longest = 45_000;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(12);
    private static readonly TimeSpan KeptChecked = TimeSpan.FromMinutes(15);
    private static readonly object CheckedKey = new();
    private static readonly string[] NeverHeld = [Field, TypedBy, "password", "current"];
    private static readonly string[] CodePaths = ["/signin", "/account"];
    private static readonly object Key = new();

    // Letters of every script as themselves: nobody reads it but we.
    private static readonly JsonSerializerOptions Short = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ITimeLimitedDataProtector _seal = protection.CreateProtector("Crm.Web.HeldForms").ToTimeLimitedDataProtector();

    /// <returns>The form of a request, sealed; null where it has none that could be shown again.</returns>
    public async Task<string?> HoldAsync(HttpContext http)
    {
        if (!MayBeShownAgain(http) || !ComesFromUs(http, evenUnsaid: true)) return null;
        var sent = await Form.TryReadAsync(http.Request);
        return sent is not null && Guid.TryParse(sent[TypedBy], out var by) ? Seal(http, sent, by, isChecked: false) : null;
    }

    /// <returns>The form of a request that was let through but for one thing, sealed; null where it is too long.</returns>
    public async Task<string?> HoldCheckedAsync(HttpContext http) =>
        await Form.TryReadAsync(http.Request) is { } sent ? Seal(http, sent, http.User.UserId(), isChecked: true) : null;

    private string? Seal(HttpContext http, Form sent, Guid by, bool isChecked)
    {
        var fields = sent.Typed.Where(f => IsHeld(f.Key, http.Request.Path, isChecked)).ToDictionary();
        var held = JsonSerializer.Serialize(new HeldForm(by, http.Request.Path, QueryOf(http), fields, isChecked), Short);
        return Encoding.UTF8.GetByteCount(held) > Longest ? null : _seal.Protect(held, isChecked ? KeptChecked : Kept);
    }

    private static string QueryOf(HttpContext http) =>
        http.Request.QueryString.HasValue ? http.Request.QueryString.Value
        : Uri.TryCreate(http.Request.Headers.Referer, UriKind.Absolute, out var from)
            && $"{http.Request.Path}/".StartsWith($"{from.AbsolutePath}/", StringComparison.Ordinal) ? from.Query
        : "";

    // A code is the authenticator's where people sign in, and a course's or a batch's elsewhere. Who only proves that it is them goes on
    // with it at once.
    private static bool IsHeld(string field, PathString path, bool isChecked) =>
        !NeverHeld.Contains(field, StringComparer.OrdinalIgnoreCase) && !field.StartsWith("__", StringComparison.Ordinal)
        && (isChecked || !field.Equals("code", StringComparison.OrdinalIgnoreCase)
            || !CodePaths.Any(p => path.StartsWithSegments(p, StringComparison.OrdinalIgnoreCase)));

    /// <returns>Null for what nobody of ours has sealed, or too long ago.</returns>
    public HeldForm? Read(string sealedForm)
    {
        try
        {
            return sealedForm.Length == 0 ? null : JsonSerializer.Deserialize<HeldForm>(_seal.Unprotect(sealedForm));
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }

    /// <summary>What is said above a form that is shown again and not carried out; null for a form that was just sent.</summary>
    public static string? WhyShown(HttpContext http) => http.Items[Key] as string;

    /// <summary>Whether its token was good when it was sent first.</summary>
    internal static bool WasChecked(HttpContext http) => http.Items.ContainsKey(CheckedKey);

    /// <summary>
    /// Has a form that was sent from our own page by who is signed in be shown again, where its token is no longer good: the page was
    /// open while they signed in anew.
    /// </summary>
    internal static async Task<bool> ShowAgainAsync(HttpContext http)
    {
        if (!MayBeShownAgain(http) || !ComesFromUs(http, evenUnsaid: false)) return false;
        var sent = await Form.TryReadAsync(http.Request);
        if (sent is null || sent[TypedBy] != http.User.UserId().ToString()) return false;
        http.Items[Key] = "This page was open while you signed in again. What you typed is still here: look at it, then send it.";
        return true;
    }

    /// <summary>Opens a sealed form that the sign-in page sends on.</summary>
    internal async Task OpenAsync(HttpContext http)
    {
        var asks = http.GetEndpoint()?.Metadata.GetMetadata<AsksAgain>() is not null;
        if (!MayBeShownAgain(http) && !asks || !HttpMethods.IsPost(http.Request.Method)) return;
        if (await Form.TryReadAsync(http.Request) is not { } sent || Read(sent[Field]) is not { } held) return;
        if (http.User.Identity?.IsAuthenticated != true || held.By != http.User.UserId() || held.Action != http.Request.Path) return;
        if (!held.Checked && !MayBeShownAgain(http)) return;
        http.Features.Set<IFormFeature>(new FormFeature(new FormCollection(
            held.Fields.ToDictionary(f => f.Key, f => new Microsoft.Extensions.Primitives.StringValues(f.Value)))));
        if (held.Checked) http.Items[CheckedKey] = true;
        else http.Items[Key] = "You had to sign in again. What you typed is still here: look at it, then send it.";
    }

    private static bool MayBeShownAgain(HttpContext http) =>
        HttpMethods.IsPost(http.Request.Method) && http.GetEndpoint()?.Metadata.GetMetadata<ShownAgain>() is not null;

    // Browsers say of every form which page sent it.
    private static bool ComesFromUs(HttpContext http, bool evenUnsaid)
    {
        var origin = http.Request.Headers.Origin.ToString();
        return origin.Length == 0 ? evenUnsaid : origin == $"{http.Request.Scheme}://{http.Request.Host}";
    }

    internal sealed class ShownAgain;
}

/// <summary>How routes take part in it.</summary>
public static class HeldFormRoutes
{
    /// <summary>Marks a route that shows a form which is refused with all that was typed, and carries out nothing of it.</summary>
    public static TBuilder ShowsFormAgain<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new HeldForms.ShownAgain());

    /// <summary>Stands after authorization, and before the tokens are asked for.</summary>
    public static void UseHeldForms(this WebApplication app)
    {
        var forms = app.Services.GetRequiredService<HeldForms>();
        app.Use(async (http, next) =>
        {
            await forms.OpenAsync(http);
            await next(http);
        });
    }
}
