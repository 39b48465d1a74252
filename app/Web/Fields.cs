using System.Text;
using System.Text.Encodings.Web;
using Crm.Institute;
using Microsoft.AspNetCore.Html;

namespace Crm.Web;

/// <summary>Form controls with their label, what was typed, and the error beside it.</summary>
public static class Fields
{
    public static IHtmlContent Input(Form form, string name, string label, string type = "text", string? hint = null, string attributes = "", string idPrefix = "")
    {
        var value = type == "password" ? "" : $" value=\"{E(form[name])}\"";
        return Wrap(form, name, label, hint, idPrefix, (id, describedBy) =>
            $"<input id=\"{id}\" name=\"{name}\" type=\"{type}\"{value}{describedBy} {attributes}>");
    }

    public static IHtmlContent Area(Form form, string name, string label, string? hint = null, string attributes = "", string idPrefix = "") =>
        Wrap(form, name, label, hint, idPrefix, (id, describedBy) =>
            $"<textarea id=\"{id}\" name=\"{name}\"{describedBy} {attributes}>\n{E(form[name])}</textarea>");

    /// <param name="options">Value and text of each choice.</param>
    /// <param name="empty">Text of a first choice without a value, or null for none.</param>
    public static IHtmlContent Select(Form form, string name, string label, IEnumerable<(string Value, string Text)> options, string? empty = null, string? hint = null, string attributes = "", string idPrefix = "") =>
        Wrap(form, name, label, hint, idPrefix, (id, describedBy) =>
        {
            var html = new StringBuilder($"<select id=\"{id}\" name=\"{name}\"{describedBy} {attributes}>");
            if (empty is not null) html.Append($"<option value=\"\">{E(empty)}</option>");
            foreach (var (value, text) in options)
                html.Append($"<option value=\"{E(value)}\"{(string.Equals(form[name], value, StringComparison.OrdinalIgnoreCase) ? " selected" : "")}>{E(text)}</option>");
            return html.Append("</select>").ToString();
        });

    public static IHtmlContent Check(Form form, string name, string label, string idPrefix = "")
    {
        var id = idPrefix + name;
        var error = form.Error(name);
        return new HtmlString($"<div class=\"field check{(error is null ? "" : " bad")}\"><input id=\"{id}\" name=\"{name}\" type=\"checkbox\" value=\"true\"{(form[name] == "true" ? " checked" : "")}{(error is null ? "" : $" aria-invalid=\"true\" aria-describedby=\"{id}-error\"")}><label for=\"{id}\">{E(label)}</label>{Message(id, error)}</div>");
    }

    public static IHtmlContent Problem(Form form) =>
        form.Problem is { } problem ? new HtmlString($"<p class=\"problem\" role=\"alert\">{E(problem)}</p>") : HtmlString.Empty;

    public static IEnumerable<(string, string)> Choices<T>() where T : struct, Enum => Enum.GetValues<T>().Select(v => (v.ToString(), Format.Words(v)));

    private static IHtmlContent Wrap(Form form, string name, string label, string? hint, string idPrefix, Func<string, string, string> control)
    {
        var id = idPrefix + name;
        var error = form.Error(name);
        var describedBy = error is not null ? $" aria-invalid=\"true\" aria-describedby=\"{id}-error\"" : hint is not null ? $" aria-describedby=\"{id}-hint\"" : "";
        return new HtmlString($"<div class=\"field{(error is null ? "" : " bad")}\"><label for=\"{id}\">{E(label)}</label>{(hint is null ? "" : $"<span class=\"hint\" id=\"{id}-hint\">{E(hint)}</span>")}{control(id, describedBy)}{Message(id, error)}</div>");
    }

    private static string Message(string id, string? error) => error is null ? "" : $"<span class=\"error\" id=\"{id}-error\" role=\"alert\">{E(error)}</span>";

    private static string E(string text) => HtmlEncoder.Default.Encode(text);
}
