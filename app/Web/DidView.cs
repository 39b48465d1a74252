using Crm.Institute;

namespace Crm.Web;

/// <summary>What a press did on the page before, which can be a slip, with the press that takes it back.</summary>
/// <param name="Says">With the name of whom it was done to, as a sentence.</param>
/// <param name="Action">Where taking it back is posted to.</param>
/// <param name="Form">What that carries.</param>
public sealed record DidView(string Says, string Action, Form Form)
{
    /// <summary>By this name a page is told of what it was done to.</summary>
    public const string Told = "did";

    /// <summary>Who opens the page again later has seen it.</summary>
    public static bool IsNews(DateTimeOffset at, DateTimeOffset now) => now - at <= TimeSpan.FromMinutes(2);

    public Fields Fields => Fields.For(Form);
}
