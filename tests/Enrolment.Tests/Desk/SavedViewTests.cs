using System.Net;
using Crm.Accounts;
using Crm.Desk;
using Crm.Institute;

namespace Crm.Tests.Desk;

/// <summary>Filter, order and columns of the list under a name: one's own, or everybody's.</summary>
public sealed class SavedViewTests(TestPostgres postgres)
{
    private const string Wanted = "/leads?stage=open&columns=stage,reference";

    private static async Task<SavedView> SaveAsync(TestApp app, Browser staff, string name, bool shared)
    {
        await staff.GetAsync(Wanted);
        var page = await staff.SubmitAsync("form[action='/views']", new() { ["name"] = name, ["shared"] = shared ? "true" : "" });
        Assert.Equal((HttpStatusCode.OK, "/leads?stage=open&columns=stage,reference"), (page.Status, page.Path));
        return Assert.Single(await app.AllAsync<SavedView>(), v => v.Name == name);
    }

    [Fact]
    public async Task A_private_view_is_its_owners_alone_and_a_shared_one_everybodys_also_when_its_owner_has_left()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        var divya = await app.AddUserAsync("Divya Menon");
        using var hers = await app.SignInAsync(divya);
        var (mine, ours) = (await SaveAsync(app, hers, "My open ones", false), await SaveAsync(app, hers, "All open", true));
        Assert.Equal(["All open", "My open ones"], (await hers.GetAsync("/leads")).Texts(".views a:not(.quiet)"));

        await app.StoreAsync(await Left(app, divya));
        using var manager = await app.SignInAsync(Roles.Manager);

        Assert.Equal(["All open"], (await manager.GetAsync("/leads")).Texts(".views a:not(.quiet)"));
        Assert.Equal(["Name", "Stage", "Reference"], (await manager.GetAsync("/views/" + ours.Id)).Texts("thead th"));
        Assert.Equal(HttpStatusCode.NotFound, (await manager.GetAsync("/views/" + mine.Id)).Status);
        await manager.GetAsync("/views");
        await manager.SubmitAsync($"form[action='/views/{ours.Id}']", new() { ["name"] = "Open" });
        Assert.Equal("Open", (await app.LoadAsync<SavedView>(ours.Id)).Name);
        await manager.SubmitAsync($"form[action='/views/{ours.Id}/removal']");
        Assert.Equal("My open ones", Assert.Single(await app.AllAsync<SavedView>()).Name);
    }

    // A hundred names above it pushed the list out of sight, on everybody's page.
    [Fact]
    public async Task Of_many_views_ones_own_and_the_one_that_is_shown_are_at_hand_and_all_are_found()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, ravi) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai"));
        SavedView Of(User owner, string name, string query) =>
            new() { Id = Guid.NewGuid(), Name = name, Query = query, OwnerId = owner.Id, OwnerName = owner.Name, Shared = true };
        await using (var session = app.Store.LightweightSession())
        {
            session.Store([.. Enumerable.Range(10, 30).Select(i => Of(ravi, $"His {i}", $"?q={i}")), Of(divya, "Mine", "?stage=open")]);
            await session.SaveChangesAsync();
        }
        using var hers = await app.SignInAsync(divya);

        var page = await hers.GetAsync("/leads?q=37");

        var at = page.Texts(".views a:not(.quiet)");
        Assert.Equal(["Mine", .. Enumerable.Range(10, 11).Select(i => $"His {i}"), "His 37"], at);
        Assert.Equal("His 37", page.One(".views a[aria-current=page]").TextContent);
        Assert.Equal("All 31 views", page.One(".views a.quiet").TextContent);
        Assert.Equal(at.Take(12), page.Texts("#side a[href^='/views/']"));
        Assert.Equal(31, (await hers.GetAsync("/views")).Html.QuerySelectorAll("h2 a[href^='/views/']").Length);
        Assert.Contains("His 33", (await hers.GetAsync("/search?q=his+33")).Text);
    }

    [Fact]
    public async Task A_view_without_a_name_is_not_saved_and_a_colleague_cannot_change_it()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        using var hers = await app.SignInAsync(await app.AddUserAsync("Divya Menon"));
        await hers.GetAsync(Wanted);
        var refused = await hers.SubmitAsync("form[action='/views']", new() { ["name"] = " " });
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Enter a name for it."), (refused.Status, refused.ErrorOf("name")));
        // Beside the list, which stays as it is.
        await hers.GetAsync(Wanted);
        Assert.True(hers.Page.One("form[action='/views']").HasAttribute("novalidate"));
        refused = await hers.SubmitAsync("form[action='/views']", new() { ["name"] = " " }, htmx: true);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Enter a name for it."), (refused.Status, refused.ErrorOf("name")));
        Assert.True(refused.One("details.save-view").HasAttribute("open"));
        Assert.Equal("?stage=open&columns=stage,reference", refused.One("[name=filter]").GetAttribute("value"));
        var view = await SaveAsync(app, hers, "All open", true);
        using var his = await app.SignInAsync(await app.AddUserAsync("Ravi Pillai"));

        var page = await his.GetAsync("/views");

        Assert.Empty(page.Html.QuerySelectorAll($"form[action='/views/{view.Id}']"));
        var token = page.One("form[action='/signout'] [name='__RequestVerificationToken']").GetAttribute("value")!;
        Assert.Equal(HttpStatusCode.NotFound, (await his.PostAsync("/views/" + view.Id,
            new() { ["name"] = "Mine", ["__RequestVerificationToken"] = token })).Status);
        Assert.Equal("All open", (await app.LoadAsync<SavedView>(view.Id)).Name);
    }

    [Fact]
    public async Task A_form_that_comes_with_the_id_of_a_colleagues_view_takes_nothing_over()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        using var hers = await app.SignInAsync(await app.AddUserAsync("Divya Menon"));
        var view = await SaveAsync(app, hers, "All open", true);
        using var his = await app.SignInAsync(await app.AddUserAsync("Ravi Pillai"));
        await his.GetAsync("/leads?stage=New");

        await his.SubmitAsync("form[action='/views']", new() { ["formId"] = view.Id.ToString(), ["name"] = "Mine" });

        var still = await app.LoadAsync<SavedView>(view.Id);
        Assert.Equal(("All open", view.OwnerId, true, view.Query), (still.Name, still.OwnerId, still.Shared, still.Query));
        Assert.Equal(["All open", "Mine"], (await his.GetAsync("/leads")).Texts(".views a:not(.quiet)"));
    }

    [Fact]
    public async Task In_everybodys_list_no_two_views_have_one_name_and_what_was_typed_is_still_there()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        using var hers = await app.SignInAsync(await app.AddUserAsync("Divya Menon"));
        await SaveAsync(app, hers, "All open", true);
        using var his = await app.SignInAsync(await app.AddUserAsync("Ravi Pillai"));
        await his.GetAsync(Wanted);

        var refused = await his.SubmitAsync("form[action='/views']", new() { ["name"] = " all  OPEN", ["shared"] = "true" });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "A view in everybody's list is called so, saved by Divya Menon. "
            + "Choose another name."), (refused.Status, refused.ErrorOf("name")));
        var saved = await his.SubmitAsync("form[action='/views']", new() { ["name"] = "All of Ravi's" });
        Assert.Equal((HttpStatusCode.OK, Wanted), (saved.Status, saved.Path));
        var view = Assert.Single(await app.AllAsync<SavedView>(), v => v.Name == "All of Ravi's");
        Assert.True(view.Shared);
        await his.GetAsync("/views");
        var renamed = await his.SubmitAsync($"form[action='/views/{view.Id}']", new() { ["name"] = "ALL OPEN" });
        Assert.NotNull(renamed.ErrorOf("name"));
    }

    private static async Task<User> Left(TestApp app, User user)
    {
        var stored = await app.LoadAsync<User>(user.Id);
        stored.Active = false;
        return stored;
    }
}
