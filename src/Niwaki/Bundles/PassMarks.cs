namespace Niwaki;

/// <summary>What a bundle has to reach on its device. A limit that is absent is not checked.</summary>
/// <param name="MinAgreement">Least fraction of golden pixels with the label that they had where the bundle was made. Rounding differs between processors, so 1 would be too much.</param>
/// <param name="MaxLatency">Most engine time, median.</param>
/// <param name="MaxMemory">Most peak resident memory.</param>
/// <param name="MaxEnergy">Most energy for a picture, judged where the device has a sensor.</param>
/// <param name="MinMeanIoU">Least mean IoU on those golden pictures whose true labels are there. A few pictures: far looser than a budget's on the validation split.</param>
public sealed record PassMarks(double MinAgreement = 0.999, TimeSpan? MaxLatency = null, Bytes? MaxMemory = null, Joules? MaxEnergy = null, double? MinMeanIoU = null)
{
    /// <summary>Refuses limits that nothing can be compared with.</summary>
    /// <param name="where">Names the source in an error.</param>
    /// <exception cref="StageException">NaN, negative or out of range.</exception>
    public void Validate(string where)
    {
        Check("minAgreement", MinAgreement, 1);
        Check("maxLatency", MaxLatency?.TotalSeconds, double.MaxValue);
        Check("maxMemory", MaxMemory?.Value, double.MaxValue);
        Check("maxEnergy", MaxEnergy?.Value, double.MaxValue);
        Check("minMeanIoU", MinMeanIoU, 1);

        void Check(string name, double? value, double most)
        {
            if (value is { } set && !(set >= 0 && set <= most && double.IsFinite(set)))
                throw new StageException($"{where}: the pass mark {name} is {set}, but a number from 0{(most == 1 ? " to 1" : " up")} is needed.");
        }
    }
}
