using Crm.Correspondence;
using Crm.Leads;
using Crm.Messaging;

namespace Crm.Tests.Messaging;

/// <summary>What may have arrived once stays so, whatever becomes of sending it again, until a person says otherwise.</summary>
public sealed class DoubtTests(TestPostgres postgres)
{
    private const string Address = "anjali@mail.example";
    private const string Earlier = $"An earlier sending may have arrived at {Address}.";

    private static async Task<(TestApp App, Lead Lead, ScriptedMailServer Server)> InDoubtAsync(TestPostgres postgres)
    {
        var server = new ScriptedMailServer { Plan = (_, at) => at == SmtpStage.Dot ? SmtpDeed.Drop : null };
        var app = await TestApp.StartAsync(postgres, server.Settings(TimeSpan.FromSeconds(3)));
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Anjali Nair", Address);
        await app.DeliverAsync();
        Assert.Equal((MessageStatus.Unconfirmed, Address), await BecameAsync(app, m => m.MayBeAt));
        server.Plan = (_, _) => null;
        app.Time.Advance(TimeSpan.FromMinutes(5));
        var message = await app.OneMessageAsync();
        await app.ChangeMessageAsync(message, m => m.SendAgain(app.Clock.Now));
        return (app, lead, server);
    }

    private static async Task<(MessageStatus, string?)> BecameAsync(TestApp app, Func<OutboxMessage, string?> of)
    {
        var message = await app.OneMessageAsync(MessageKinds.Brochure);
        return (message.Status, of(message));
    }

    [Fact]
    public async Task Refused_when_it_is_sent_again_it_may_have_arrived_all_the_same()
    {
        var (app, lead, server) = await InDoubtAsync(postgres);
        await using (app)
        await using (server)
        {
            server.Plan = (_, at) => at == SmtpStage.Rcpt ? SmtpDeed.RefuseForGood : null;

            await app.DeliverAsync();

            var (status, error) = await BecameAsync(app, m => m.Error);
            Assert.Equal(MessageStatus.Unconfirmed, status);
            Assert.StartsWith("The mail server refused it: 5", error);
            Assert.EndsWith(Earlier, error);
            using var staff = await app.SignInAsync(Crm.Institute.Roles.Manager);
            Assert.Contains("Brochure unconfirmed", (await staff.GetAsync($"/leads/{lead.Id}")).Texts(".timeline .what"));
            await app.ChangeMessageAsync(await app.OneMessageAsync(), m => m.Arrived(app.Clock.Now));
            Assert.Equal((MessageStatus.Sent, null), await BecameAsync(app, m => m.MayBeAt));
        }
    }

    [Fact]
    public async Task Pointless_by_now_it_goes_back_to_who_decides()
    {
        var (app, lead, server) = await InDoubtAsync(postgres);
        await using (app)
        await using (server)
        {
            await app.ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Fee, null));

            await app.DeliverAsync();

            Assert.Equal((MessageStatus.Unconfirmed, $"The lead was lost meanwhile. {Earlier}"), await BecameAsync(app, m => m.Error));
            Assert.Single(server.Taken);
        }
    }

    [Fact]
    public async Task Withdrawn_while_it_waits_it_is_not_called_unsent()
    {
        var (app, _, server) = await InDoubtAsync(postgres);
        await using (app)
        await using (server)
        {
            await using (var session = app.Store.LightweightSession())
            {
                LeadCorrespondence.WithdrawFrom(Crm.Institute.EmailAddress.FromStored(Address), app.Clock.Now, session);
                await session.SaveChangesAsync();
            }

            Assert.Equal((MessageStatus.Unconfirmed, $"The owner of this address asked for no more emails. {Earlier}"),
                await BecameAsync(app, m => m.Error));
        }
    }

    [Theory]
    [InlineData(Address)]
    [InlineData("anjali.nair@mail.example")]
    public async Task Sent_to_another_address_the_first_stays_known(string to)
    {
        var (app, lead, server) = await InDoubtAsync(postgres);
        await using (app)
        await using (server)
        {
            await app.Get<Crm.People.PersonWriter>().ChangeAsync(lead.PersonId, app.Now(), p =>
                Crm.People.PersonRules.Correct(p, p.Details with { Email = Crm.Institute.EmailAddress.FromStored(to) }), default);

            await app.DeliverAsync();

            Assert.Equal((MessageStatus.Sent, to == Address ? null : Address), await BecameAsync(app, m => m.MayBeAt));
            using var staff = await app.SignInAsync(Crm.Institute.Roles.Manager);
            Assert.Equal(to != Address, (await staff.GetAsync($"/leads/{lead.Id}")).One(".timeline").TextContent
                .Contains($"an earlier sending may have arrived at {Address}", StringComparison.Ordinal));
        }
    }
}
