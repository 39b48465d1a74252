using Crm.Institute;
using Crm.People;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Puts a tag on a person, or takes it off again.</summary>
public sealed partial class TagPerson : PersonAct
{
    private const int Longest = 30;

    public override string Path => "tags";
    public override int Order => 65;
    public override IReadOnlyList<string> Facts => ["tags"];

    public override Task<RazorSlice> PanelAsync(PersonPanel panel, CancellationToken cancel) =>
        Task.FromResult<RazorSlice>(Create(panel.View(panel.FormOf(), "Tag")));

    public override Task<IReadOnlyList<PersonEvent>> DecideAsync(PersonForm sent, CancellationToken cancel)
    {
        var tag = sent.Form.Text("tag", "a tag", Longest, required: true)?.ToLowerInvariant();
        return sent.Decide(() => sent.Person.Tags.Contains(tag!) ? [new TagRemoved(tag!)] : [new PersonTagged(tag!)]);
    }
}
