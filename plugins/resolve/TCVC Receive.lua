-- TCVC Receive: put what `tcvc resolve-watch` has coloured on a new track (any edition). Run it as often as you like.
-- Lies in Fusion/Scripts/Utility. What TCVC Send sent stands in markers of the timeline, and so does what came of it.

local manager = resolve:GetProjectManager()
local project = manager:GetCurrentProject()
local timeline = project and project:GetCurrentTimeline()

-- The pictures as one clip in the bin TCVC; nil where Resolve does not import them so.
local function imported(pattern, first, last)
  local pool = project:GetMediaPool()
  local open_bin, root, own = pool:GetCurrentFolder(), pool:GetRootFolder(), nil
  for _, folder in ipairs(root:GetSubFolderList()) do
    own = folder:GetName() == "TCVC" and folder or own
  end
  pool:SetCurrentFolder(own or pool:AddSubFolder(root, "TCVC")) -- media goes where the Media Pool stands
  local clips = pool:ImportMedia({ { FilePath = pattern, StartIndex = first, EndIndex = last } }) or {}
  pool:SetCurrentFolder(open_bin)
  if #clips == 1 then
    clips[1]:SetClipProperty("FPS", timeline:GetSetting("timelineFrameRate"))
    return clips[1]
  end
end

-- Put the clip on a new track; whether the track then holds it, whole and in its place.
local function place(clip, record, count)
  timeline:AddTrack("video")
  local track = timeline:GetTrackCount("video")
  timeline:SetTrackName("video", track, "TCVC")
  local first = tonumber(clip:GetClipProperty("Start")) or 0
  for last = first + count - 1, first + count do -- by version the last frame, or the one behind it
    project:GetMediaPool():AppendToTimeline({
      { mediaPoolItem = clip, startFrame = first, endFrame = last, mediaType = 1, trackIndex = track,
        recordFrame = record },
    })
    manager:SaveProject()
    local items = timeline:GetItemListInTrack("video", track)
    local item = items[1]
    if #items == 1 and item:GetStart() == record and item:GetDuration() == count then
      return true
    end
    timeline:DeleteClips(items, false)
  end
end

-- What came of one sending: a colour of marker, a text, and the data it keeps.
local function receive(data, folder, name, format)
  local path = folder .. "/" .. name
  if bmd.fileexists(path .. ".failed") then
    return "Red", name .. " was not coloured: the reason stands in " .. path .. ".failed.", data
  elseif not bmd.fileexists(path .. ".done") then
    return "Yellow", name .. " is not coloured yet: is tcvc resolve-watch running?", data
  end
  local first, count = name:match("^tcvc%d+_(%-?%d+)_(%d+)$")
  first, count = tonumber(first), tonumber(count)
  local clip = imported(path .. "/colour/colour_%06d." .. format, first, first + count - 1)
  if not clip then
    return "Red", name .. " was not imported: turn off Show Individual Frames in the Media Pool.", data
  elseif not place(clip, timeline:GetStartFrame() + first, count) then
    return "Red", name .. " is in the bin TCVC, but was not placed whole: do it by hand.", "tcvc"
  end
  return "Green", name .. " is on the new track TCVC.", "tcvc"
end

if timeline then
  for frame, marker in pairs(timeline:GetMarkers()) do
    local data = marker.customData or ""
    local folder, name, format = data:match("^tcvc|(.*)|(.-)|(.-)$")
    if folder then
      local color, text, kept = receive(data, folder, name, format)
      print("TCVC: " .. text)
      timeline:DeleteMarkerAtFrame(frame)
      timeline:AddMarker(frame, color, "TCVC", text, 1, kept)
    end
  end
else
  print("TCVC: there is no timeline: open one.")
end
