using Crm.Institute;
using JasperFx;
using Marten;

namespace Crm.Tests.Institute;

public sealed class StoredValueTests(TestPostgres postgres)
{
    [Fact]
    public async Task Documents_are_found_in_PostgreSQL_by_their_values()
    {
        await using var store = DocumentStore.For(options =>
        {
            options.Connection(postgres.CreateEmptyDatabaseAsync().GetAwaiter().GetResult());
            options.AutoCreateSchemaObjects = AutoCreate.All;
            options.UseSystemTextJsonForSerialization();
            options.RegisterValueType(typeof(PhoneNumber));
            options.RegisterValueType(typeof(EmailAddress));
            options.RegisterValueType(typeof(PersonName));
            options.RegisterValueType(typeof(Money));
        });
        var kept = new Kept(Guid.NewGuid(), PhoneNumber.FromE164("+919847012345"), EmailAddress.FromStored("anjali@mail.example"),
            PersonName.FromStored("അഞ്ജലി"), new Money(3_550));
        await using var session = store.LightweightSession();
        var another = new Kept(Guid.NewGuid(), PhoneNumber.FromE164("+919847012346"), null, PersonName.FromStored("Binu"), new Money(1));
        session.Store(kept, another);
        await session.SaveChangesAsync(TestContext.Current.CancellationToken);

        var (phone, email, name, fee) = (kept.Phone, kept.Email, kept.Name, kept.Fee);
        Assert.Equal(kept, await session.Query<Kept>().SingleAsync(k => k.Phone == phone, TestContext.Current.CancellationToken));
        Assert.Equal(kept, await session.Query<Kept>().SingleAsync(k => k.Email == email, TestContext.Current.CancellationToken));
        Assert.Equal(kept, await session.Query<Kept>().SingleAsync(k => k.Name == name, TestContext.Current.CancellationToken));
        Assert.Equal(kept, await session.Query<Kept>().SingleAsync(k => k.Fee == fee, TestContext.Current.CancellationToken));
    }

    public sealed record Kept(Guid Id, PhoneNumber Phone, EmailAddress? Email, PersonName Name, Money Fee);
}
