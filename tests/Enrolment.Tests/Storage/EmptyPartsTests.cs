using System.Text.Json;
using Crm.Leads;
using Crm.People;

namespace Crm.Tests.Storage;

/// <summary>Lists and texts that are empty are not written, and are there again when a document is read.</summary>
public sealed class EmptyPartsTests(TestPostgres postgres)
{
    [Fact]
    public async Task A_new_document_of_each_kind_is_read_as_it_was_stored()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var serializer = app.Store.Options.Serializer();
        var kinds = app.Store.Options.AllKnownDocumentTypes().Select(t => t.DocumentType)
            .Where(t => t.GetConstructor(Type.EmptyTypes) is not null).ToList();
        Assert.Contains(typeof(Lead), kinds);
        Assert.All(kinds, kind =>
        {
            var fresh = Activator.CreateInstance(kind)!;
            var stored = serializer.ToJson(fresh);
            using var json = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(stored));

            var read = serializer.FromJson(kind, json);

            Assert.DoesNotContain("[]", stored);
            Assert.DoesNotContain("\"\"", stored);
            Assert.Equal(JsonSerializer.Serialize(fresh, kind), JsonSerializer.Serialize(read, kind));
        });
    }

    [Fact]
    public async Task What_became_empty_again_stays_so()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Anjali Nair");

        async Task<Person> ChangeAsync(PersonEvent e)
        {
            await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(), _ => [e], default);
            await using var session = app.Store.QuerySession();
            return (await session.LoadAsync<Person>(lead.PersonId))!;
        }

        Assert.Equal(["returning"], (await ChangeAsync(new PersonTagged("returning"))).Tags);
        Assert.Equal("Malayalam", (await ChangeAsync(new LanguageSet("Malayalam"))).Language);
        Assert.Equal([], (await ChangeAsync(new TagRemoved("returning"))).Tags);
        Assert.Equal("", (await ChangeAsync(new LanguageSet(""))).Language);
    }
}
