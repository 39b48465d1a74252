using Crm.Institute;
using RazorSlices;

namespace Crm.Web;

/// <summary>
/// What every view stands on. A view asks for services by <see cref="Views.Service"/> and never by <c>@inject</c>: RazorSlices looks at
/// injected properties, once for each view, with something that two threads may not use at once. Where the first visitors of two pages
/// came at one moment, one of these pages was broken until the next start.
/// </summary>
public abstract class View : RazorSlice
{
    protected CurrentInstitute Institute => field ??= this.Service<CurrentInstitute>();
}

/// <inheritdoc cref="View"/>
public abstract class View<TModel> : RazorSlice<TModel>
{
    protected CurrentInstitute Institute => field ??= this.Service<CurrentInstitute>();
}

/// <inheritdoc cref="View"/>
public abstract class Layout<TModel> : RazorLayoutSlice<TModel>
{
    protected CurrentInstitute Institute => field ??= this.Service<CurrentInstitute>();
}

public static class Views
{
    /// <summary>A service of the request, or of whoever renders a view outside of one.</summary>
    public static TService Service<TService>(this RazorSlice view) where TService : notnull =>
        view.ServiceProvider!.GetRequiredService<TService>();
}
