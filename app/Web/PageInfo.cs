namespace Crm.Web;

/// <param name="Section">The part of the navigation that is marked as the present one.</param>
public sealed record PageInfo(string Title, string Section = "");

/// <summary>A short page with one message, such as "not found".</summary>
public sealed record Notice(string Title, string Text, string? LinkText = null, string? Link = null);
