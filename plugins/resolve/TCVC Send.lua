-- TCVC Send: render what stands between the marks, or the current clip, for `tcvc resolve-watch` (any edition).
-- Lies in Fusion/Scripts/Utility. The free edition lets a script neither write files nor start programs: Resolve's own
-- render and timeline export do the writing, and a marker says what came of it and tells TCVC Receive what to fetch.

local FOLDER = [[]] -- the folder that tcvc resolve-watch watches, with / between its parts
local FORMAT, CODEC = "dpx", "10" -- or "exr", "half", with tcvc resolve-watch --colorspace

local KEPT = "TCVC: your render settings"
local PLAIN = { ["H.264 Master"] = true, ["ProRes 422 HQ"] = true, ["H.265 Master"] = true }

local manager = resolve:GetProjectManager()
local project = manager:GetCurrentProject()
local timeline = project and project:GetCurrentTimeline()

local function track_of(item)
  local kind, track = item:GetTrackTypeAndIndex()
  return track or kind[2] -- two values, or a list of two
end

-- First and last frame between the marks, or of the current clip with the clip; nil and a reason without either.
local function stretch()
  local marks = timeline.GetMarkInOut and timeline:GetMarkInOut() or {}
  local video = marks.video or {}
  if video["in"] and video.out then
    local start = timeline:GetStartFrame() -- from which marks count
    return start + video["in"], start + video.out
  end
  local item = timeline:GetCurrentVideoItem()
  if not item then
    return nil, "There is no clip: mark in and out, or put the playhead on a clip."
  elseif timeline:GetTrackName("video", track_of(item)) == "TCVC" then
    return nil, "The clip at the playhead is TCVC's own: switch its track off."
  end
  return item:GetStart(), item:GetEnd() - 1, item
end

-- Tracks that are on and not to be rendered: all but the clip's own; between marks, our own of earlier times.
local function hidden_tracks(item)
  local hidden = {}
  for track = 1, timeline:GetTrackCount("video") do
    local is_ours = timeline:GetTrackName("video", track) == "TCVC"
    local is_other = item and track ~= track_of(item)
    if timeline:GetIsTrackEnabled("video", track) and (is_other or (not item and is_ours)) then
      hidden[#hidden + 1] = track
    end
  end
  return hidden
end

local function show(tracks, is_on)
  for _, track in ipairs(tracks) do
    timeline:SetTrackEnable("video", track, is_on)
  end
end

-- The plainest lossless codec that has the word; GetRenderCodecs gives names by description.
local function codec_of(codecs)
  local best
  for text, name in pairs(codecs) do
    local described = string.lower(text .. " " .. name)
    local is_lossy = described:find("dwa", 1, true) or described:find("b44", 1, true)
    local is_plainer = not best or #name < #best or (#name == #best and name < best)
    if described:find(CODEC, 1, true) and not is_lossy and is_plainer then
      best = name
    end
  end
  return best
end

-- A job in the render queue; nil where Resolve does not take the settings.
local function render_job(name, first, last)
  for _, preset in ipairs(project:GetRenderPresetList()) do
    if PLAIN[preset] then
      project:LoadRenderPreset(preset) -- settings are laid over what was set last
      break
    end
  end
  local codec = codec_of(project:GetRenderCodecs(FORMAT))
  local is_set = codec
    and project:SetCurrentRenderMode(1)
    and project:SetCurrentRenderFormatAndCodec(FORMAT, codec)
    and project:SetRenderSettings({
      SelectAllFrames = false, MarkIn = first, MarkOut = last, ExportVideo = true, ExportAudio = false,
      TargetDir = FOLDER .. "/" .. name, CustomName = "plate_", UniqueFilenameStyle = 0,
      FormatWidth = tonumber(timeline:GetSetting("timelineResolutionWidth")),
      FormatHeight = tonumber(timeline:GetSetting("timelineResolutionHeight")),
    })
  return is_set and project:AddRenderJob()
end

-- Render and wait for it; gives back the page and the render settings that were there.
local function render(name, first, last)
  local page, mode = resolve:GetCurrentPage(), project:GetCurrentRenderMode()
  project:DeleteRenderPreset(KEPT)
  local is_kept = project:SaveAsNewRenderPreset(KEPT)
  local job = render_job(name, first, last)
  if job then
    project:StartRendering({ job }, false)
    while project:IsRenderingInProgress() do
      bmd.wait(0.2)
    end
    project:DeleteRenderJob(job)
  end
  if is_kept then
    project:LoadRenderPreset(KEPT)
    project:DeleteRenderPreset(KEPT)
  end
  project:SetCurrentRenderMode(mode)
  if page then
    resolve:OpenPage(page)
  end
  return job
end

-- A marker with a text at the first free frame of the stretch; scripts have no other voice in the free edition.
local function tell(first, last, color, text, data)
  print("TCVC: " .. text)
  local start = timeline:GetStartFrame()
  for frame = first - start, last - start do
    if timeline:AddMarker(frame, color, "TCVC", text, 1, data) then
      return
    end
  end
end

local function send()
  timeline:DeleteMarkerByCustomData("tcvc")
  local first, last, item = stretch()
  if not first then
    local start = timeline:GetStartFrame()
    return tell(start, start, "Red", last, "tcvc")
  end
  if FOLDER == "" or not bmd.direxists(FOLDER) then
    local text = "The folder '" .. FOLDER .. "' is not there: write one into the line FOLDER of TCVC Send.lua."
    return tell(first, last, "Red", text, "tcvc")
  end
  local number, name = 0, nil
  repeat -- the name tells the watcher which frames of the timeline these are
    number = number + 1
    name = string.format("tcvc%d_%d_%d", number, first - timeline:GetStartFrame(), last - first + 1)
  until not bmd.direxists(FOLDER .. "/" .. name) and not bmd.fileexists(FOLDER .. "/" .. name .. ".otio")
  local hidden = hidden_tracks(item)
  show(hidden, false)
  local job = render(name, first, last)
  -- the timeline comes last: it tells the watcher that all pictures are there
  local path = FOLDER .. "/" .. name .. ".otio"
  local is_sent = job and timeline:Export(path, resolve.EXPORT_OTIO, resolve.EXPORT_NONE)
  show(hidden, true)
  if is_sent then
    local data = table.concat({ "tcvc", FOLDER, name, FORMAT }, "|")
    tell(first, last, "Yellow", "Sent as " .. name .. ": run TCVC Receive when it is coloured.", data)
  else
    tell(first, last, "Red", "Resolve did not render " .. FORMAT .. ", or did not export the timeline.", "tcvc")
  end
end

if timeline then
  send()
else
  print("TCVC: there is no timeline: open one.")
end
