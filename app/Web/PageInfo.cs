namespace Crm.Web;

/// <param name="Section">The part of the navigation that is marked as the present one.</param>
/// <param name="IsLive">Whether the page is told what colleagues change while it is open.</param>
public sealed record PageInfo(string Title, string Section = "", bool IsLive = false);

/// <summary>A short page with one message, such as "not found".</summary>
public sealed record Notice(string Title, string Text, string? LinkText = null, string? Link = null);
