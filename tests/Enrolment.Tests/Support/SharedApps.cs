using System.Runtime.CompilerServices;

namespace Crm.Tests;

/// <summary>
/// One app for all rows of a test whose rows leave it as they found it: to start one takes longer than such a row. A class that has
/// such tests takes this as its fixture.
/// </summary>
public sealed class SharedApps(TestPostgres postgres) : IAsyncLifetime
{
    private readonly Dictionary<string, object> _prepared = [];
    private readonly List<TestApp> _apps = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>What a test's first row prepared. Rows of one class run one after the other.</summary>
    /// <param name="prepare">Fills a new app, and gives what the rows need of it.</param>
    /// <param name="described">Whether a manager has described the institute.</param>
    public async Task<T> OnceAsync<T>(Func<TestApp, Task<T>> prepare, bool described = true, [CallerMemberName] string test = "")
        where T : notnull
    {
        if (_prepared.TryGetValue(test, out var before)) return (T)before;
        var app = await TestApp.StartAsync(postgres, described: described);
        _apps.Add(app);
        var prepared = await prepare(app);
        _prepared.Add(test, prepared);
        return prepared;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps) await app.DisposeAsync();
    }
}
