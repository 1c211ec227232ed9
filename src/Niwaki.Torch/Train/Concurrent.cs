using System.Runtime.ExceptionServices;

namespace Niwaki.Torch;

/// <summary>Work on many pictures at once whose first problem comes out as it was thrown: a damaged mask stays the user's to mend.</summary>
internal static class Concurrent
{
    public static void For(int count, Action<int> work)
    {
        try
        {
            Parallel.For(0, count, work);
        }
        catch (AggregateException problems)
        {
            ExceptionDispatchInfo.Throw(problems.InnerExceptions[0]);
        }
    }
}
