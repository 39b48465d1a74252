using System.Globalization;
using Crm.Institute;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Crm.Web;

/// <summary>The controls of one form, each with its label, what was typed, and the error beside it.</summary>
public sealed class Fields
{
    private readonly Form _form;
    private readonly string _prefix;
    private bool _hasFocus;

    private Fields(Form form, string prefix)
    {
        _form = form;
        _prefix = prefix;
    }

    /// <param name="prefix">Stands before the ids, as in <c>offer-discount</c>, where a page has several forms; empty for none.</param>
    public static Fields For(Form form, string prefix = "") => new(form, prefix.Length == 0 ? "" : prefix + "-");

    /// <summary>Value and text of each member of an enumeration, in its order.</summary>
    public static IEnumerable<(string Value, string Text)> Choices<T>() where T : struct, Enum =>
        Enum.GetValues<T>().Select(v => (v.ToString(), Format.Words(v)));

    /// <summary>Why the form as a whole was refused; nothing where it was not.</summary>
    public IHtmlContent Problem()
    {
        if (_form.Problem is not { } problem) return HtmlString.Empty;
        var p = Tag("p", "problem");
        p.Attributes["role"] = "alert";
        return p.With(problem);
    }

    /// <summary>A field of one line. A password is never shown again.</summary>
    /// <param name="type">As HTML has them, such as <c>email</c>, <c>tel</c>, <c>date</c>.</param>
    /// <param name="max">Most characters.</param>
    /// <param name="min">First day that may be chosen.</param>
    public IHtmlContent Input(string name, string label, string type = "text", string? hint = null, bool required = false, int? max = null,
        DateOnly? min = null, string? inputmode = null, string? autocomplete = null, string? placeholder = null, bool autofocus = false)
    {
        var input = Control("input", name, hint);
        input.TagRenderMode = TagRenderMode.StartTag;
        input.Set("type", type);
        if (type != "password") input.Attributes["value"] = _form[name];
        input.Set("required", required).Set("autofocus", autofocus && !_form.HasWrongFields).Set("maxlength", max);
        input.Set("min", min?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        input.Set("inputmode", inputmode).Set("autocomplete", autocomplete).Set("placeholder", placeholder);
        return Field(name, label, hint, input);
    }

    /// <summary>A field of several lines.</summary>
    /// <param name="rows">Lines shown at first.</param>
    /// <param name="max">Most characters.</param>
    public IHtmlContent Area(string name, string label, int rows = 3, string? hint = null, bool required = false, int? max = null)
    {
        var area = Control("textarea", name, hint);
        area.Set("rows", rows).Set("required", required).Set("maxlength", max);
        // Browsers drop a first line break, which may be the reader's own.
        area.InnerHtml.AppendHtml("\n").Append(_form[name]);
        return Field(name, label, hint, area);
    }

    /// <param name="options">Value and text of each choice.</param>
    /// <param name="empty">Text of a first choice without a value, or null for none.</param>
    public IHtmlContent Select(string name, string label, IEnumerable<(string Value, string Text)> options,
        string? empty = null, string? hint = null, bool required = false)
    {
        var select = Control("select", name, hint).Set("required", required);
        if (empty is not null) select.InnerHtml.AppendHtml(Option("", empty));
        foreach (var (value, text) in options)
        {
            var chosen = string.Equals(_form[name], value, StringComparison.OrdinalIgnoreCase);
            select.InnerHtml.AppendHtml(Option(value, text).Set("selected", chosen));
        }
        return Field(name, label, hint, select);
    }

    /// <summary>A box that sends <c>true</c> where it is ticked.</summary>
    public IHtmlContent Check(string name, string label)
    {
        var box = Control("input", name, hint: null);
        box.TagRenderMode = TagRenderMode.StartTag;
        box.Set("type", "checkbox").Set("value", "true").Set("checked", _form[name] == "true");
        var field = Tag("div", _form.Error(name) is null ? "field check" : "field check bad");
        field.InnerHtml.AppendHtml(box).AppendHtml(Label(name, label)).AppendHtml(Error(name));
        return field;
    }

    /// <summary>What the form carries along unseen, such as the page to come back to.</summary>
    public IHtmlContent Hidden(string name) => Hidden(name, _form[name]);

    /// <summary>What the form carries along by itself: its id, and what its fields were drawn as.</summary>
    public IHtmlContent Carried()
    {
        var all = new HtmlContentBuilder();
        foreach (var (name, value) in _form.Carried) all.AppendHtml(Hidden(name, value));
        return all;
    }

    internal static IHtmlContent Hidden(string name, string value)
    {
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.StartTag };
        input.Attributes["value"] = value;
        return input.Set("type", "hidden").Set("name", name);
    }

    /// <summary>Stands before several buttons that decide differently: Enter in a field of one line presses the first button of a form,
    /// and nothing where that one cannot be pressed.</summary>
    public static IHtmlContent EnterPressesNone() => Tag("button", "").Set("type", "submit").Set("hidden", true).Set("disabled", true);

    private TagBuilder Control(string tag, string name, string? hint)
    {
        var control = new TagBuilder(tag).Set("id", Id(name)).Set("name", name);
        if (_form.Error(name) is not null)
        {
            // A page comes back at its top, and what is wrong may lie far below.
            control.Set("autofocus", !_hasFocus).Set("aria-invalid", "true").Set("aria-describedby", Id(name) + "-error");
            _hasFocus = true;
            return control;
        }
        if (_form.Told(name) is not null) return control.Set("aria-describedby", Id(name) + "-told");
        return hint is null ? control : control.Set("aria-describedby", Id(name) + "-hint");
    }

    private TagBuilder Field(string name, string label, string? hint, TagBuilder control)
    {
        var field = Tag("div", _form.Error(name) is null ? "field" : "field bad");
        field.InnerHtml.AppendHtml(Label(name, label));
        if (hint is not null) field.InnerHtml.AppendHtml(Tag("span", "hint").Set("id", Id(name) + "-hint").With(hint));
        field.InnerHtml.AppendHtml(control).AppendHtml(Error(name)).AppendHtml(Told(name));
        var asked = Form.AskedAbout(name);
        if (_form[asked].Length > 0) field.InnerHtml.AppendHtml(Hidden(asked));
        return field;
    }

    private TagBuilder Label(string name, string text) => new TagBuilder("label").Set("for", Id(name)).With(text);

    private IHtmlContent Error(string name) => _form.Error(name) is { } error
        ? Tag("span", "error").Set("id", Id(name) + "-error").Set("role", "alert").With(error)
        : HtmlString.Empty;

    private IHtmlContent Told(string name) => _form.Told(name) is { } told
        ? Tag("span", "told").Set("id", Id(name) + "-told").Set("role", "status").With(told)
        : HtmlString.Empty;

    private string Id(string name) => _prefix + name;

    private static TagBuilder Option(string value, string text)
    {
        var option = new TagBuilder("option");
        option.Attributes["value"] = value;
        return option.With(text);
    }

    private static TagBuilder Tag(string name, string css) => new TagBuilder(name).Set("class", css);
}

/// <summary>What makes a tag in one sentence.</summary>
internal static class Tags
{
    /// <summary>Sets an attribute; null and empty set none.</summary>
    public static TagBuilder Set(this TagBuilder tag, string attribute, string? value)
    {
        if (!string.IsNullOrEmpty(value)) tag.Attributes[attribute] = value;
        return tag;
    }

    /// <summary>Sets an attribute that is a number; null sets none.</summary>
    public static TagBuilder Set(this TagBuilder tag, string attribute, int? value) =>
        tag.Set(attribute, value?.ToString(CultureInfo.InvariantCulture));

    /// <summary>Sets an attribute that needs no value, where it holds.</summary>
    public static TagBuilder Set(this TagBuilder tag, string attribute, bool holds)
    {
        if (holds) tag.Attributes[attribute] = "";
        return tag;
    }

    /// <summary>Adds text, encoded.</summary>
    public static TagBuilder With(this TagBuilder tag, string text)
    {
        tag.InnerHtml.Append(text);
        return tag;
    }
}
