using Crm.Web;
using CsCheck;

namespace Crm.Tests.Web;

/// <summary>What was drawn, what was typed and what is stored by now, brought together field by field.</summary>
public sealed class ReconcileTests
{
    private static readonly string[] Values = ["", "42000", "45,000", "നായർ", "Two\nlines", "<b> & \"c\""];
    private static readonly Gen<string> Value = Gen.Int[0, Values.Length - 1].Select(i => Values[i]);
    private static readonly Gen<(string Was, string Typed, string Now)> Field = Gen.Select(Value, Value, Value);

    private static Form Sent(params (string Was, string Typed, string Now)[] fields)
    {
        var form = Form.Showing(fields.Select((f, i) => new Drawn($"f{i}", f.Was)));
        foreach (var (field, i) in fields.Select((f, i) => (f, i))) form[$"f{i}"] = field.Typed;
        return form;
    }

    private static IEnumerable<Drawn> Now((string Was, string Typed, string Now)[] fields) =>
        fields.Select((f, i) => new Drawn($"f{i}", f.Now));

    [Fact]
    public void Each_field_is_taken_from_who_changed_it_and_only_what_both_changed_is_asked_about() =>
        Field.Array[1, 5].Sample(fields =>
        {
            var form = Sent(fields);

            form.Reconcile(Now(fields));

            foreach (var (field, i) in fields.Select((f, i) => (f, i)))
            {
                var both = field.Typed != field.Was && field.Now != field.Was && field.Typed != field.Now;
                Assert.Equal(field.Typed == field.Was ? field.Now : field.Typed, form[$"f{i}"]);
                Assert.Equal(both, form.Error($"f{i}") is not null);
                if (both) Assert.Contains($"“{(field.Now.Length == 0 ? "empty" : field.Now)}”", form.Error($"f{i}"));
            }
        });

    [Fact]
    public void Sent_again_after_the_question_it_is_taken_as_typed() =>
        Field.Array[1, 5].Sample(fields =>
        {
            var form = Sent(fields);
            form.Reconcile(Now(fields));
            var again = new Form();
            foreach (var (name, value) in form.Carried) again[name] = value;
            foreach (var (_, i) in fields.Select((f, i) => (f, i))) again[$"f{i}"] = form[$"f{i}"];

            again.Reconcile(Now(fields));

            Assert.True(again.Ok);
            foreach (var (_, i) in fields.Select((f, i) => (f, i))) Assert.Equal(form[$"f{i}"], again[$"f{i}"]);
        });

    [Fact]
    public void A_form_that_does_not_say_what_it_was_drawn_as_changes_nothing_unasked() =>
        Field.Sample(field =>
        {
            var form = new Form { ["fee"] = field.Typed };

            form.Reconcile([new Drawn("fee", field.Now)]);

            Assert.Equal((field.Typed, field.Typed == field.Now), (form["fee"], form.Ok));
        });

    [Fact]
    public void Browsers_line_breaks_and_spaces_around_a_text_are_no_change()
    {
        var form = Form.Showing(("text", "One\nTwo"));
        form["text"] = "One\r\nTwo ";

        form.Reconcile([new Drawn("text", "A colleague's")]);

        Assert.Equal(("A colleague's", true), (form["text"], form.Ok));
    }

    [Fact]
    public void Fields_that_say_one_thing_together_are_taken_together()
    {
        Drawn[] Guardian(string name, string phone) =>
            [new("guardianName", name, Fact: "guardian"), new("guardianPhone", phone, Fact: "guardian")];
        var form = Form.Showing(Guardian("Her mother", "98470 11111"));
        form["guardianPhone"] = "98470 22222";

        form.Reconcile(Guardian("Her father", "98470 11111"));

        Assert.Equal(("Her mother", "98470 22222"), (form["guardianName"], form["guardianPhone"]));
        Assert.Contains("“Her father”", form.Error("guardianName"));
    }

    [Fact]
    public void A_choice_is_told_in_its_words()
    {
        var form = Form.Showing(("mode", "Hybrid"));
        form["mode"] = "Online";

        form.Reconcile([("mode", "Classroom", "In the classroom")]);

        Assert.Equal("This was changed meanwhile: it is now “In the classroom”. Save again to change it.", form.Error("mode"));
    }
}
