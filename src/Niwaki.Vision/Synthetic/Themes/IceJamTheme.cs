namespace Niwaki.Vision;

/// <summary>Ice has jammed a river.</summary>
internal sealed class IceJamTheme : SceneTheme
{
    public override GroundLook Ground(SceneRandom random) => GroundLook.Choose(random) with
    {
        Snow = random.Chance(0.75f) ? random.Range(0.45f, 1) : 0,
        Forest = random.Chance(0.6f) ? random.Range(0.05f, 0.4f) : 0,
        Parcels = random.Chance(0.25f),
        Trees = random.Near(Colors.Rgb(0x4a4538), 0.06f),
    };

    public override void Compose(Scene scene)
    {
        var random = scene.Random.Fork();
        IceJam.Draw(scene);
        RoadNet.Country(scene, random.Int(1, 2), 0.2f);
        Distractors.Draw(scene, Count(scene, 2));
        Houses.Along(scene, random.Chance(0.3f) ? 0.25f : 0, random.Range(0.2f, 0.7f), wet: false, most: 22);
        Trees.Draw(scene, Count(scene, 16));
        Vehicles.OnRoads(scene, random.Range(0.5f, 2.5f));
        People.Draw(scene, random.Int(0, 4));
    }
}
