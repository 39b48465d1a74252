using Marten;

namespace Crm.Institute;

/// <summary>
/// The institute's profile as it was last read, and how it shows amounts.
/// Read at the start, after each change, and again now and then.
/// </summary>
public sealed class CurrentInstitute
{
    // Another process may have changed it.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(15);
    private readonly IDocumentStore? _store;
    private readonly TimeProvider _time = TimeProvider.System;
    private State _state = new(new InstituteProfile(), DateTimeOffset.MinValue);

    public CurrentInstitute(IDocumentStore store, TimeProvider time) => (_store, _time) = (store, time);

    /// <summary>An institute that nobody edits, for documents made without a database.</summary>
    public CurrentInstitute(InstituteProfile profile) => _state = new State(profile, DateTimeOffset.MaxValue);

    public InstituteProfile Profile => _state.Profile;

    public MoneyStyle Money => _state.Money;

    /// <summary>An amount as this institute writes it, such as <c>₹1,25,000</c>.</summary>
    public string Show(Money amount) => Money.Show(amount);

    /// <summary>The first day of the financial year in which a day lies.</summary>
    public DateOnly FinancialYearOf(DateOnly day)
    {
        var month = Profile.FinancialYearStart;
        return new DateOnly(day.Month >= month ? day.Year : day.Year - 1, month, 1);
    }

    /// <summary>Reads the profile unless that was done a moment ago.</summary>
    public async Task RefreshAsync(CancellationToken cancel, bool now = false)
    {
        if (_store is null || !now && _time.GetUtcNow() - _state.ReadAt <= Fresh) return;
        try
        {
            await using var session = _store.QuerySession();
            var profile = await session.LoadAsync<InstituteProfile>(InstituteProfile.TheOne, cancel);
            _state = new State(profile ?? new InstituteProfile(), _time.GetUtcNow());
        }
        catch (Exception) when (!now && _state.ReadAt > DateTimeOffset.MinValue && !cancel.IsCancellationRequested)
        {
            // A page that can do without the database is shown with what was read before; what cannot will say so itself.
            _state = _state with { ReadAt = _time.GetUtcNow() };
        }
    }

    private sealed record State(InstituteProfile Profile, DateTimeOffset ReadAt)
    {
        public MoneyStyle Money { get; } = new(Profile.CurrencySymbol, Profile.Grouping == DigitGrouping.Indian ? [3, 2] : [3],
            Profile.CurrencyWord, Profile.CurrencyMinorWord);
    }
}
