using AngleSharp;
using AngleSharp.Dom;
using Crm.Web;
using Microsoft.AspNetCore.Html;

namespace Crm.Tests.Web;

/// <summary>A field says its name, what was typed, and what is wrong with it.</summary>
public sealed class FieldsTests
{
    private static async Task<IElement> ShowAsync(IHtmlContent content)
    {
        await using var text = new StringWriter();
        content.WriteTo(text, Crm.Web.Html.Encoder);
        var html = await BrowsingContext.New(Configuration.Default).OpenAsync(r => r.Content(text.ToString()));
        return html.Body!;
    }

    private static IEnumerable<string?> AttributesOf(IElement element, params string[] names) => names.Select(element.GetAttribute);

    [Fact]
    public async Task A_field_is_named_by_its_label_and_described_by_its_hint()
    {
        var f = Fields.For(new Form { ["discount"] = "2,000" }, "offer");

        var shown = f.Input("discount", "Discount",
            hint: "Fee ₹42,000", max: 12, inputmode: "decimal", autocomplete: "off", required: true);
        var field = await ShowAsync(shown);

        var input = field.QuerySelector("div.field > input")!;
        Assert.Equal(["offer-discount", "discount", "text", "2,000"], AttributesOf(input, "id", "name", "type", "value"));
        Assert.Equal(["12", "decimal", "off"], AttributesOf(input, "maxlength", "inputmode", "autocomplete"));
        Assert.True(input.HasAttribute("required"));
        Assert.Equal("Discount", field.QuerySelector("label[for=offer-discount]")!.TextContent);
        Assert.Equal("Fee ₹42,000", field.QuerySelector("#" + input.GetAttribute("aria-describedby"))!.TextContent);
        Assert.False(input.HasAttribute("aria-invalid"));
    }

    [Fact]
    public async Task The_first_field_that_is_wrong_has_the_focus_and_no_other()
    {
        var form = new Form();
        form.Refuse("", "Not now.");
        var f = Fields.For(form);
        Assert.NotNull((await ShowAsync(f.Input("email", "Email", autofocus: true))).QuerySelector("[autofocus]"));
        form.Refuse("phone", "Enter a phone number.");
        form.Refuse("note", "Say more.");
        f = Fields.For(form);

        var shown = new HtmlContentBuilder([f.Input("email", "Email", autofocus: true), f.Input("phone", "Phone"), f.Area("note", "Note")]);

        Assert.Equal("phone", (await ShowAsync(shown)).QuerySelectorAll("[autofocus]").Single().Id);
    }

    [Fact]
    public async Task A_field_that_was_filled_in_on_request_is_described_and_not_wrong_but_its_form_is_not_carried_out()
    {
        var form = new Form { ["parts"] = "1 Dec 2026, 100" };
        form.Tell("parts", "Change the days.");

        var field = await ShowAsync(Fields.For(form).Area("parts", "By hand", hint: "One a line"));

        var area = field.QuerySelector("div.field > textarea")!;
        Assert.Equal("Change the days.", field.QuerySelector("#" + area.GetAttribute("aria-describedby"))!.TextContent);
        Assert.False(area.HasAttribute("aria-invalid"));
        Assert.Equal((false, "Change the days."), (form.Ok, form.FirstError()));
    }

    [Fact]
    public async Task A_refused_field_keeps_what_was_typed_and_points_to_the_reason()
    {
        var form = new Form { ["name"] = "\"Anu\" <b>", ["note"] = "\nbelow" };
        form.Refuse("name", "Too short & odd.");
        form.Refuse("note", "Say more.");
        form.Refuse("course", "Choose a course.");
        form.Refuse("consent", "Tick this box.");
        var f = Fields.For(form);

        foreach (var (shown, control, why) in new[]
        {
            (f.Input("name", "Name", hint: "In full"), "input", "Too short & odd."),
            (f.Area("note", "Note"), "textarea", "Say more."),
            (f.Select("course", "Course", [("1", "CPC")], "Choose"), "select", "Choose a course."),
            (f.Check("consent", "Agreed"), "input", "Tick this box."),
        })
        {
            var field = await ShowAsync(shown);
            var element = field.QuerySelector($"div.field.bad > {control}")!;
            Assert.Equal("true", element.GetAttribute("aria-invalid"));
            Assert.Equal(why, field.QuerySelector($"span.error[role=alert]#{element.GetAttribute("aria-describedby")}")!.TextContent);
        }
        Assert.Equal("\"Anu\" <b>", (await ShowAsync(f.Input("name", "Name"))).QuerySelector("input")!.GetAttribute("value"));
        Assert.Equal("\nbelow", (await ShowAsync(f.Area("note", "Note"))).QuerySelector("textarea")!.TextContent);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("", false)]
    public async Task A_box_stays_as_it_was_left(string sent, bool ticked)
    {
        var form = new Form { ["brochure"] = sent };
        form.Refuse("subject", "Enter a subject.");

        var field = await ShowAsync(Fields.For(form, "email").Check("brochure", "Attach the brochure"));

        var box = field.QuerySelector("input[type=checkbox]")!;
        Assert.Equal(("email-brochure", "true", ticked), (box.Id, box.GetAttribute("value"), box.HasAttribute("checked")));
    }

    [Fact]
    public async Task The_choice_made_stays_chosen()
    {
        var form = new Form { ["course"] = "2" };

        var select = await ShowAsync(Fields.For(form).Select("course", "Course", [("1", "CPC"), ("2", "CCS & more")], "Choose a course"));

        Assert.Equal(["", "1", "2"], select.QuerySelectorAll("option").Select(o => o.GetAttribute("value")));
        Assert.Equal("CCS & more", Assert.Single(select.QuerySelectorAll("option[selected]")).TextContent);
    }

    [Fact]
    public async Task A_password_is_never_shown_again()
    {
        var form = new Form { ["password"] = "a secret of ten" };

        var field = await ShowAsync(Fields.For(form).Input("password", "Password", "password", autocomplete: "current-password"));

        Assert.DoesNotContain("secret", field.InnerHtml);
    }

    [Fact]
    public async Task A_form_without_a_problem_says_none_and_one_with_it_says_it_once()
    {
        var form = new Form();
        Assert.Empty((await ShowAsync(Fields.For(form).Problem())).InnerHtml);

        form.Refuse("", "The batch is full.");

        var shown = await ShowAsync(Fields.For(form).Problem());
        Assert.Equal("The batch is full.", shown.QuerySelector("p.problem[role=alert]")!.TextContent);
    }

    [Fact]
    public async Task What_is_carried_along_is_not_seen()
    {
        var hidden = (await ShowAsync(Fields.For(new Form { ["version"] = "7" }, "offer").Hidden("version"))).QuerySelector("input")!;

        Assert.Equal(("hidden", "version", "7"), (hidden.GetAttribute("type"), hidden.GetAttribute("name"), hidden.GetAttribute("value")));
    }
}
