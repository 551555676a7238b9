#{ BANDCAST -- Predict the missing band of galaxy images.
# Its folder has the tasks' parameter files; x_bandcast.e in it is a link to the executable, doc one to the help pages.

package bandcast

task	bandds9,
	bandeval,
	bandmock,
	bandmodel,
	bandpredict,
	bandprep,
	bandtrain	= "bandcast$x_bandcast.e"

clbye()
